# The chat for Cloud Run: one static program in an image with nothing else but certificates, time zones and a user without rights.
#
#   docker build --platform linux/amd64 -t patchbay-chat .
#   docker run --rm -p 127.0.0.1:8080:8080 -e PATCHBAY_STORE=memory: patchbay-chat

FROM golang:1.26 AS build
WORKDIR /src

# Modules first: they change seldom, and what was fetched is kept between builds.
COPY go.mod go.sum ./
RUN go mod download

# grpcnotrace leaves out what shows requests in a page for debugging: 3 MB.
COPY . .
RUN CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -tags grpcnotrace -trimpath -buildvcs=false -ldflags '-s -w' -o /chat ./examples/chat/cloudrun

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /chat /chat
USER nonroot:nonroot
EXPOSE 8080
ENTRYPOINT ["/chat"]
