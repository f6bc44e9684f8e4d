-- Removes answers that are outdated, and tells the other instances of those that were there. Gives how many of what it was
-- asked is done: a thousand answers at once, so that no script takes long.
-- KEYS  1 index
-- ARGV  1 what keys of answers begin with  2 what indexes of addresses begin with  3 channel  4 how the message begins
--       5… the ends of keys: of an answer's, or of an address's index for all answers to it

local MOST = 1000
local message = ARGV[4]
local told = false
local left = MOST
local done = 0

local function remove(key)
  redis.call('ZREM', KEYS[1], key)
  return redis.call('UNLINK', key)
end

kind(KEYS[1], 'zset')
for i = 5, #ARGV do
  local gone = remove(ARGV[1] .. ARGV[i])
  local index = ARGV[2] .. ARGV[i]
  local names = {}
  if redis.call('TYPE', index).ok == 'zset' then
    names = redis.call('ZPOPMIN', index, left)
    for name = 1, #names, 2 do
      gone = gone + remove(names[name])
    end
  end
  if gone > 0 then
    told = true
    message = message .. '\n' .. ARGV[i]
  end
  left = left - 1 - #names / 2
  if left < 1 then
    break
  end
  done = done + 1
end
if told then
  redis.call('PUBLISH', ARGV[3], message)
end
return done
