-- Takes or renews a lease. Gives its fencing token, or 0 while another holds it.
-- KEYS  1 holder  2 last token    ARGV  1 who  2 milliseconds

kind(KEYS[1], 'string')
kind(KEYS[2], 'string')
local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
local DAY = 86400000

local holder = redis.call('GET', KEYS[1])
-- Tokens follow the clock; one that is far ahead of it nobody was given.
local last = stored(redis.call('GET', KEYS[2]), micros + 1000 * DAY) or 0
if holder == ARGV[1] and last > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return last
end
local left = redis.call('PTTL', KEYS[1])
if holder and holder ~= ARGV[1] and left >= 0 and left <= DAY then
  return 0
end
-- Microseconds of the clock rather than a count: tokens grow even where the last one was lost.
local token = math.max(last + 1, micros)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], string.format('%.0f', token), 'PX', 30 * DAY)
return token
