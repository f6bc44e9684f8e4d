-- Takes note of calls that were made, whoever held them. Gives for each 0 that was known, 1 news, 2 it waited to be made
-- again, 3 it was held to be made again.     ARGV  ids

local found = {}
for i, id in ipairs(ARGV) do
  if redis.call('ZSCORE', KEYS[9], id) then
    found[i] = 0
  elseif redis.call('HEXISTS', KEYS[1], id) == 1 then
    found[i] = redis.call('HEXISTS', KEYS[6], id) == 1 and 3 or 2
  else
    found[i] = 1
  end
  -- Also where it is known: an older copy may have been restored beside it.
  forget(id)
  if redis.call('HDEL', KEYS[7], id) == 1 then
    redis.call('ZREM', KEYS[8], id)
    redis.call('ZREM', KEYS[12], id)
  end
  done(id)
end
keep()
return found
