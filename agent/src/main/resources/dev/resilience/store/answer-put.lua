-- Keeps an answer, and its key in the indexes of its endpoint and of its address, by its end. Gives 1 when the endpoint was
-- not known before.
-- KEYS  1 answer  2 index  3 endpoints of the service  4 index of the address
-- ARGV  1 value  2 milliseconds  3 endpoint  4 most answers  5 length of what keys of answers begin with
--       6 length of what the keys of one address have in common behind that, with which the name of its index ends

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ttl = tonumber(ARGV[2])

kind(KEYS[2], 'zset')
kind(KEYS[3], 'set')
redis.call('SET', KEYS[1], ARGV[1], 'PX', ttl)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZADD', KEYS[2], now + ttl, KEYS[1])
local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[4])
if surplus > 0 then
  local ended = redis.call('ZPOPMIN', KEYS[2], surplus)
  local indexes = string.sub(KEYS[4], 1, -1 - tonumber(ARGV[6]))
  local begins = tonumber(ARGV[5])
  for i = 1, #ended, 2 do
    redis.call('UNLINK', ended[i])
    -- Else there would be as many indexes as addresses, and not as answers.
    local index = indexes .. string.sub(ended[i], begins + 1, begins + tonumber(ARGV[6]))
    if redis.call('TYPE', index).ok == 'zset' then
      redis.call('ZREM', index, ended[i])
    end
  end
end
if redis.call('PTTL', KEYS[2]) < ttl then
  redis.call('PEXPIRE', KEYS[2], 2 * ttl)
end
kind(KEYS[4], 'zset')
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
redis.call('ZADD', KEYS[4], now + ttl, KEYS[1])
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - tonumber(ARGV[4]))
-- It goes with the last of them.
if redis.call('PTTL', KEYS[4]) < ttl then
  redis.call('PEXPIRE', KEYS[4], ttl)
end
local fresh = redis.call('SADD', KEYS[3], ARGV[3])
if fresh == 1 or redis.call('PTTL', KEYS[3]) < 15 * 86400000 then
  redis.call('PEXPIRE', KEYS[3], 30 * 86400000)
  return 1
end
return 0
