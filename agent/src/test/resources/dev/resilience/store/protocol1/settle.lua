-- A trial permit comes back. Its outcome counts only if it was still live and its epoch is not over.
-- ARGV  24 asked in  25 lease  26 outcome  27 retry-after

local lease, outcome = ARGV[25], ARGV[26]
local begun = begin()
local accepted = false
if leases[lease] then
  leases[lease] = nil
  leases_out = leases_out - 1
  if begun and state == 'HALF_OPEN' and tonumber(ARGV[24]) == epoch and outcome ~= 'IGNORED' then
    accepted = true
    if outcome == 'FAILURE' then
      last_failure = math.floor(now / 1000)
      opened_failures = 1
      opened_successes = trial_successes
      relapses = relapses + 1
      open('RELAPSE', tonumber(ARGV[27]))
    else
      trial_successes = trial_successes + 1
      if trial_successes >= set.successes then
        close('RECOVERED', '')
      end
    end
  end
end
return answer(accepted)
