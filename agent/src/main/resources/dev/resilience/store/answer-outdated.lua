-- Removes answers that are outdated, and tells the other instances of those that were there. Gives how many that were.
-- KEYS  1 index
-- ARGV  1 what keys of answers begin with  2 what indexes of addresses begin with  3 channel  4 how the message begins
--       5… the ends of keys: of an answer's, or of an address's index for all answers to it

local removed = 0
local message = ARGV[4]

local function remove(key)
  redis.call('ZREM', KEYS[1], key)
  return redis.call('UNLINK', key)
end

for i = 5, #ARGV do
  local gone = remove(ARGV[1] .. ARGV[i])
  local index = ARGV[2] .. ARGV[i]
  if redis.call('TYPE', index).ok == 'zset' then
    for _, key in ipairs(redis.call('ZRANGE', index, 0, -1)) do
      gone = gone + remove(key)
    end
    redis.call('UNLINK', index)
  end
  if gone > 0 then
    removed = removed + gone
    message = message .. '\n' .. ARGV[i]
  end
end
if removed > 0 then
  redis.call('PUBLISH', ARGV[3], message)
end
return removed
