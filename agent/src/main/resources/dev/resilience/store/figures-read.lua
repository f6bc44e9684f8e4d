-- What is in several hashes, in one answer: of a day's figures most places are empty.
-- KEYS  the hashes
-- Gives, for each that holds something: its place among KEYS, from 0; how many texts follow; fields and values in turn.

-- No hash of figures has so many fields: somebody else made it.
local MOST_FIELDS = 50000

local reply = {}
for place, key in ipairs(KEYS) do
  -- An error for what somebody made into another kind, which holds no figures.
  local fields = redis.pcall('HLEN', key)
  if type(fields) == 'number' and fields > 0 and fields <= MOST_FIELDS then
    reply[#reply + 1] = tostring(place - 1)
    reply[#reply + 1] = tostring(2 * fields)
    for _, text in ipairs(redis.call('HGETALL', key)) do
      reply[#reply + 1] = text
    end
  end
end
return reply
