/**
 * Implementations of the ports that the rooms below declare: Redis, in-JVM, files. The only room that knows Lettuce.
 *
 * <h2>Ways to Redis</h2>
 *
 * {@link dev.resilience.store.Stores} hands out everything. {@code RedisConnections} has two lines: one carries circuits and
 * nothing else, one all that is bulky. A line is opened again whenever it is lost, by a quarter to a whole second's pauses;
 * while it is lost everything asked fails at once and nothing is queued. What loses it: the connection ends; a command is
 * not answered within a second (also the PING of an idle line); the server cannot do its work (READONLY, OOM, LOADING and
 * the like). It counts as answering only when it has taken a write. A cluster's connections mend themselves; there a service
 * is away when its node is. Event loops are two, on the agent's own threads; no call of the application's waits on them.
 *
 * <h2>Keys of a circuit, all below the prefix; on a cluster the service is a hash tag</h2>
 *
 * <table>
 * <caption>Keys</caption>
 * <tr><td>{@code <service>:ledger}</td><td>hash: the whole truth (state, epoch, the newest epoch that was decided in company, whether that is a guess, times, window by buckets {@code w:}, leases
 *     {@code l:}, instances in trouble {@code t:}, order). One key, so that it is lost whole or not at all.</td></tr>
 * <tr><td>{@code <service>:state, failures, successes, last_failure, half_open_quota}</td><td>for people and their tools;
 *     held to the ledger by every operation, so that what is written there by hand lasts until the next report;
 *     {@code state} is what an order makes of the ledger's</td></tr>
 * <tr><td>{@code changes}</td><td>channel: a snapshot at every new epoch and order</td></tr>
 * <tr><td>{@code protocol}</td><td>the form that all this has, see {@code Protocol}; 30 days</td></tr>
 * <tr><td>{@code ping}</td><td>written to see whether Redis takes writes; a minute</td></tr>
 * </table>
 *
 * Every key expires after a day without a report, that of one host of a service after half an hour (30 days with a mode in
 * force, more where a state lasts longer).
 *
 * <h2>Scripts: {@code circuit.lua} and one of</h2>
 *
 * <table>
 * <caption>What each may change, after it let time do its work</caption>
 * <tr><td>{@code report}</td><td>the window and the instances in trouble, if the delta is of this epoch and CLOSED; to OPEN
 *     by the verdict; the whole state, if the instance's outranks it or the ledger is empty, but not where the
 *     instance went on by itself while the fleet decided something, nor an OPEN that is later than what another master's
 *     fleet counted further; the end of an OPEN, if one that was away has a later one of the same epoch, up to twice its time; leases it renews; the order, if
 *     newer; the head count; all times, if the clock jumped</td></tr>
 * <tr><td>{@code acquire}</td><td>adds one lease, in HALF_OPEN, in the epoch asked for, below the quota, not in hold-off; by
 *     another server than gave the last ones, or began HALF_OPEN: begins a hold-off instead</td></tr>
 * <tr><td>{@code settle}</td><td>removes one lease; if it was live and the epoch holds: counts the success (to CLOSED by
 *     the threshold), or to OPEN by the failure</td></tr>
 * <tr><td>{@code reset}</td><td>to CLOSED; forgets window and relapses</td></tr>
 * <tr><td>{@code order}</td><td>the order, under the next version</td></tr>
 * </table>
 *
 * Each is atomic, on the server's clock, takes all keys of one service by {@code KEYS}, is called by its digest with a
 * fall-back to its text, and takes some tens of microseconds. An empty ledger is not "no state": the first report that comes
 * says what was in it, and those of instances that know better correct it.
 *
 * <h2>Whatever anybody writes there</h2>
 *
 * Every key may have been written or removed by hand. A number that is not whole, negative, or beyond 2<sup>52</sup> counts
 * as missing; a ledger of another kind, with far too many fields, without its state, epoch or end, or with an end that the
 * settings do not allow, is lost as a whole, and the next report tells it anew. No lease, hold-off or state lasts longer than
 * it is given. What is heard on the channel is held to the same bounds. Keys of the rooms around the circuit that became
 * another kind are removed by the next script that writes them ({@code kinds.lua}); the server's log says so.
 *
 * <h2>What an ACL user needs</h2>
 *
 * Keys {@code ~prefix:*}, channels {@code &prefix:*}, and the categories {@code @string, @hash, @set, @sortedset,
 * @keyspace, @scripting, @pubsub, @connection} with {@code TIME}; {@code WAIT} where replicas are waited for; {@code INFO} is
 * used if allowed.
 */
@NullMarked
package dev.resilience.store;

import org.jspecify.annotations.NullMarked;
