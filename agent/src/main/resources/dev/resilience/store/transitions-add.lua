-- Notes changes of state that are not noted yet.
-- KEYS  1 the journal: members "milliseconds|from|to|epoch|reason", scored by place (epoch and turn)
-- ARGV  1 most entries  2 keep, milliseconds  3.. per change: place, epoch, age, from, to, reason

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
kind(KEYS[1], 'zset')
for i = 3, #ARGV, 6 do
  local place = ARGV[i]
  if redis.call('ZCOUNT', KEYS[1], place, place) == 0 then
    local at = string.format('%d', now - tonumber(ARGV[i + 2]))
    redis.call('ZADD', KEYS[1], place, table.concat({ at, ARGV[i + 3], ARGV[i + 4], ARGV[i + 1], ARGV[i + 5] }, '|'))
  end
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[1]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
