-- Notes what an instance tells of itself; at its first word, forgets those that were silent for long. Gives what was told
-- last under that name.
-- KEYS  1 the instances    ARGV  1 instance  2 words  3 whether its first, 0 or 1  4 keep, milliseconds

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if ARGV[3] == '1' then
  local told = redis.call('HGETALL', KEYS[1])
  for i = 1, #told, 2 do
    local at = tonumber(string.match(told[i + 1], '^%d+')) or 0
    if now - at > tonumber(ARGV[4]) then
      redis.call('HDEL', KEYS[1], told[i])
    end
  end
end
local before = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now) .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return before or ''
