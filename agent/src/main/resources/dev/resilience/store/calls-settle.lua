-- Says what becomes of a call that is held. Gives 0 when the hold had ended.
-- ARGV  1 id  2 token  3 done, again, review or back  4 call  5 wait, milliseconds  6 '1' critical

local id = ARGV[1]
if redis.call('HGET', KEYS[6], id) ~= ARGV[2] then
  return 0
end
if ARGV[3] == 'done' then
  forget(id)
  done(id)
elseif ARGV[3] == 'review' then
  forget(id)
  flag(id, ARGV[4], ARGV[6] == '1', false)
else
  if ARGV[3] == 'again' then
    redis.call('HSET', KEYS[1], id, ARGV[4])
  end
  redis.call('HDEL', KEYS[6], id)
  wait(id, now + tonumber(ARGV[5]))
end
keep()
return 1
