package services

import (
	"net/http"

	"github.com/patchbay-go/patchbay/adapters/server/chatpage"
	"github.com/patchbay-go/patchbay/adapters/server/startpage"
	"github.com/patchbay-go/patchbay/core"
)

// Pages returns what browsers are shown: the start page and the chat.
func Pages(set *core.ChannelSet) http.Handler {
	chat := chatpage.New()
	mux := http.NewServeMux()
	mux.Handle(chatpage.Path, chat)
	mux.Handle(chatpage.Path+"/", chat)
	mux.Handle("/", startpage.New(set, Paths(), startpage.Link{Path: chatpage.Path, Text: "Chat"}))
	return mux
}
