-- Says of each id of ARGV what is known of it: 1 it is here, 2 it is done, 0 nothing.

local known = {}
for i, id in ipairs(ARGV) do
  if redis.call('HEXISTS', KEYS[1], id) == 1 or redis.call('HEXISTS', KEYS[7], id) == 1 then
    known[i] = 1
  else
    known[i] = redis.call('ZSCORE', KEYS[9], id) and 2 or 0
  end
end
return known
