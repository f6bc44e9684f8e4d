-- Takes or renews a lease. Gives its fencing token, or 0 while another holds it.
-- KEYS  1 holder  2 last token    ARGV  1 who  2 milliseconds

local holder = redis.call('GET', KEYS[1])
local last = tonumber(redis.call('GET', KEYS[2]) or '') or 0
if holder == ARGV[1] and last > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return last
end
if holder and holder ~= ARGV[1] then
  return 0
end
-- Microseconds of the clock rather than a count: tokens grow even where the last one was lost.
local time = redis.call('TIME')
local token = math.max(last + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], string.format('%.0f', token), 'PX', 30 * 86400000)
return token
