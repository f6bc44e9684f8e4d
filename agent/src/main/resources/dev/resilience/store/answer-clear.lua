-- Removes some of an endpoint's answers. Gives how many the index named, and how many were there.
-- KEYS  1 index    ARGV  1 how many at most

local ended = redis.call('ZPOPMIN', KEYS[1], ARGV[1])
local removed = 0
for i = 1, #ended, 2 do
  removed = removed + redis.call('UNLINK', ended[i])
end
return { #ended / 2, removed }
