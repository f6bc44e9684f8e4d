-- Keeps what people did, each deed once and no more than the newest of a while, and tells of what is new.
-- KEYS  1 the deeds, scored by milliseconds
-- ARGV  1 most  2 keep, milliseconds  3 channel  4.. per deed: age, text

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
kind(KEYS[1], 'zset')
for i = 4, #ARGV, 2 do
  local at = string.format('%d', now - tonumber(ARGV[i]))
  if redis.call('ZADD', KEYS[1], 'NX', at, ARGV[i + 1]) == 1 then
    redis.call('PUBLISH', ARGV[3], ARGV[i] .. '|' .. ARGV[i + 1])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', now - tonumber(ARGV[2])))
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[1]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
