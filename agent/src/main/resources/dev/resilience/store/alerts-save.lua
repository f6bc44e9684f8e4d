-- Replaces the fleet's book of alerts, unless a later holder of the duty has written.
-- KEYS  1 the book: fields book, at, token    ARGV  1 token  2 book  3 news, empty for none  4 channel  5 keep, milliseconds

kind(KEYS[1], 'hash')
local time = redis.call('TIME')
local last = stored(redis.call('HGET', KEYS[1], 'token'), (tonumber(time[1]) + 86400) * 1000000) or 0
if tonumber(ARGV[1]) < last then
  return 0
end
local now = string.format('%d', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
redis.call('HSET', KEYS[1], 'book', ARGV[2], 'at', now, 'token', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if ARGV[3] ~= '' then
  redis.call('PUBLISH', ARGV[4], ARGV[3])
end
return 1
