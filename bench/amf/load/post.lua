-- Posts one fixed packet; prints a line of JSON at the end.
local file = assert(io.open(os.getenv("PACKET"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/x-amf"
if os.getenv("COOKIES") ~= "" then
  wrk.headers["Cookie"] = os.getenv("COOKIES")
end
file:close()

function done(summary)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests": %d, "bytes": %d, "errors": %d}\n', summary.requests, summary.bytes, bad))
end
