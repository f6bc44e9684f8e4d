-- Removes those of an endpoint's answers whose keys begin alike. Gives how many were there.
-- KEYS  1 index    ARGV  1 what they begin with

local removed = 0
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if string.sub(key, 1, #ARGV[1]) == ARGV[1] then
    redis.call('ZREM', KEYS[1], key)
    removed = removed + redis.call('UNLINK', key)
  end
end
return removed
