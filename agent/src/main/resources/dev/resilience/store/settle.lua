-- A trial permit comes back. Its outcome counts only if it was still live and its epoch is not over.
-- ARGV  21 asked in  22 lease  23 outcome  24 retry-after

local lease, outcome = ARGV[22], ARGV[23]
start()
advance()
local accepted = false
if leases[lease] then
  leases[lease] = nil
  leases_out = leases_out - 1
  if state == 'HALF_OPEN' and tonumber(ARGV[21]) == epoch and outcome ~= 'IGNORED' then
    accepted = true
    if outcome == 'FAILURE' then
      last_failure = math.floor(now / 1000)
      opened_failures = 1
      opened_successes = trial_successes
      relapses = relapses + 1
      open('RELAPSE', tonumber(ARGV[24]))
    else
      trial_successes = trial_successes + 1
      if trial_successes >= set.successes then
        close('RECOVERED', '')
      end
    end
  end
end
return answer(accepted)
