-- Does what a person asks, or what the time does. Gives 0 when there is no such call there.
-- ARGV  1 id  2 hasten, requeue, drop, resolve or expire  3 call, for requeue and expire
--       4 order, for requeue; '1' critical, for expire

local id = ARGV[1]
if ARGV[2] == 'hasten' then
  if redis.call('HEXISTS', KEYS[1], id) == 0 then
    return 0
  end
  if redis.call('HEXISTS', KEYS[6], id) == 0 then
    redis.call('ZADD', KEYS[3], 'XX', now, id)
  end
elseif ARGV[2] == 'expire' then
  local held = redis.call('HEXISTS', KEYS[6], id) == 1 and stored(redis.call('ZSCORE', KEYS[3], id), now + 90 * DAY)
  if redis.call('HEXISTS', KEYS[1], id) == 0 or held and held > now then
    return 0
  end
  forget(id)
  flag(id, ARGV[3], ARGV[4] == '1', false)
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
