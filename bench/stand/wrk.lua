-- One request for each line of a file, in turn. Arguments: the file of Authorization values; and to post something, its body
-- and its header fields, names and values in turn.
local requests, turn = {}, 0

function init(args)
  for authorization in io.lines(args[1]) do
    local headers = { ['Authorization'] = authorization }
    if args[2] then
      for i = 3, #args, 2 do
        headers[args[i]] = args[i + 1]
      end
      requests[#requests + 1] = wrk.format('POST', nil, headers, args[2])
    else
      requests[#requests + 1] = wrk.format('GET', nil, headers)
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

local pause = tonumber(os.getenv('PAUSE_MS'))
if pause then
  -- Anything from nothing to twice the pause, so that connections do not beat in time.
  function delay()
    return math.random(0, 2 * pause)
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
