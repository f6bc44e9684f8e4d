-- Takes a call in charge. Gives 1 kept, 0 full, 2 done already, 3 not before the one that it follows is here; and how many
-- wait or are for review.
-- ARGV  1 id  2 call  3 order  4 most, 0 for any number  5 '1' for review  6 '1' critical
--       7 '1' when people know of it  8 the one before it in its line where it was accepted, if any is left

local id = ARGV[1]
local review = ARGV[5] == '1'
local entries = review and KEYS[7] or KEYS[1]
local size = redis.call('HLEN', entries)
if redis.call('ZSCORE', KEYS[9], id) then
  return {2, size}
end
if redis.call('HEXISTS', KEYS[1], id) == 1 or redis.call('HEXISTS', KEYS[7], id) == 1 then
  return {1, size}
end
if not review and ARGV[8] ~= '' and not known(ARGV[8]) then
  return {3, size}
end
local most = tonumber(ARGV[4])
if most > 0 and size >= most then
  return {0, size}
end
if review then
  flag(id, ARGV[2], ARGV[6] == '1', ARGV[7] == '1')
else
  redis.call('HSET', KEYS[1], id, ARGV[2])
  redis.call('ZADD', KEYS[2], 0, id)
  line(id, ARGV[3], now)
end
keep()
return {1, size + 1}
