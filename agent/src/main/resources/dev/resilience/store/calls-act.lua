-- Does what a person asks. Gives 0 when there is no such call there.
-- ARGV  1 id  2 hasten, requeue, drop or resolve  3 call, for requeue  4 order, for requeue

local id = ARGV[1]
if ARGV[2] == 'hasten' then
  if redis.call('HEXISTS', KEYS[1], id) == 0 then
    return 0
  end
  if redis.call('HEXISTS', KEYS[6], id) == 0 then
    redis.call('ZADD', KEYS[3], 'XX', now, id)
  end
elseif ARGV[2] == 'drop' then
  if redis.call('HEXISTS', KEYS[1], id) == 0 then
    return 0
  end
  forget(id)
  done(id)
else
  if redis.call('HDEL', KEYS[7], id) == 0 then
    return 0
  end
  redis.call('ZREM', KEYS[8], id)
  redis.call('ZREM', KEYS[12], id)
  if ARGV[2] == 'requeue' then
    redis.call('HSET', KEYS[1], id, ARGV[3])
    redis.call('ZADD', KEYS[2], 0, id)
    line(id, ARGV[4], now)
  else
    done(id)
  end
end
keep()
return 1
