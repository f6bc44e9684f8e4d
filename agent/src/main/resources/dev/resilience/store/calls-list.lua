-- Gives a page of calls in the order of acceptance.    ARGV  1 '1' for reviews  2 first  3 last

local ids = redis.call('ZRANGE', KEYS[ARGV[1] == '1' and 8 or 2], ARGV[2], ARGV[3])
if #ids == 0 then
  return {}
end
return redis.call('HMGET', KEYS[ARGV[1] == '1' and 7 or 1], unpack(ids))
