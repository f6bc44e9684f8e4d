-- Gives calls for review of which people may not have heard, and leaves telling of them to who asks, for a while.
-- ARGV  1 most  2 for how long, milliseconds

local calls = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[12], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local call = redis.call('HGET', KEYS[7], id)
  if call then
    redis.call('ZADD', KEYS[12], now + tonumber(ARGV[2]), id)
    calls[#calls + 1] = call
  else
    redis.call('ZREM', KEYS[12], id)
  end
end
return calls
