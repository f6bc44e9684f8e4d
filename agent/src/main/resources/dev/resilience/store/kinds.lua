-- A key that somebody made into another kind is lost: it is begun anew, and the server's log says so.
local function kind(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= wanted then
    redis.log(redis.LOG_WARNING, 'resilience: removed ' .. key .. ', which was a ' .. found .. ' and no ' .. wanted)
    redis.call('UNLINK', key)
  end
end

-- A whole number as stored, if there is one below the limit.
local function stored(text, limit)
  local value = tonumber(text or '')
  return value and value >= 0 and value <= limit and value == math.floor(value) and value or nil
end
