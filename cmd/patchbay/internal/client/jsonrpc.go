package client

import (
	"context"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A request is one call (JSON-RPC 2.0, section 4).
type request struct {
	Version string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"` // a list or a struct
	ID      int    `json:"id"`
}

// A response answers it (section 5).
type response struct {
	Result jsontext.Value `json:"result"`
	Error  *struct {
		Code    int64  `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func (c *Client) callJSONRPC(ctx context.Context, method string, params any) (jsontext.Value, error) {
	body, err := json.Marshal(request{Version: "2.0", Method: method, Params: params, ID: 1})
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	answer, err := c.post(ctx, "application/json", body)
	if err != nil {
		return nil, err
	}
	var resp response
	if err := json.Unmarshal(answer, &resp); err != nil {
		return nil, fmt.Errorf("read the answer as JSON-RPC: %w", err)
	}
	return resp.result()
}

func (r *response) result() (jsontext.Value, error) {
	switch {
	case r.Error != nil:
		return nil, &Fault{Code: strconv.FormatInt(r.Error.Code, 10), Message: r.Error.Message}
	case r.Result == nil:
		return nil, fmt.Errorf("the answer is no JSON-RPC response")
	}
	return r.Result, nil
}
