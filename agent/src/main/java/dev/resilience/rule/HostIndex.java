package dev.resilience.rule;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules for HTTP calls by host. For a host that some rule names in full the rules that can match are known beforehand, in
 * file order; for all others only the rules with a wildcard or without a host remain. Open addressing, because a lookup must
 * neither allocate nor fold the host into a new text. Immutable.
 */
final class HostIndex {

    private static final HttpRule[] NONE = {};

    private final @Nullable String[] hosts;
    private final HttpRule[][] byHost;

    /** A bit for each mark that a named host has: most hosts that no rule names are told by it. */
    private final long marks;

    private final HttpRule[] open;

    /** Whether a host in another spelling could be one that a rule names. */
    private final boolean spelled;

    HostIndex(List<HttpRule> rules) {
        Map<String, HttpRule[]> named = new LinkedHashMap<>();
        List<HttpRule> wide = new ArrayList<>();
        boolean otherwise = false;
        for (HttpRule rule : rules) {
            if (rule.host == null || !rule.host.isLiteral()) {
                wide.add(rule);
            } else if (!named.containsKey(rule.host.pattern())) {
                named.put(rule.host.pattern(), candidates(rule.host.pattern(), rules));
            }
            otherwise |= mayBeSpelledOtherwise(rule);
        }
        this.open = wide.toArray(NONE);
        this.spelled = otherwise;
        int size = Integer.highestOneBit(Math.max(1, named.size())) * 4;
        this.hosts = new String[size];
        this.byHost = new HttpRule[size][];
        long bits = 0;
        for (Map.Entry<String, HttpRule[]> entry : named.entrySet()) {
            bits |= 1L << HostNames.mark(entry.getKey());
            int slot = slot(entry.getKey().hashCode());
            while (hosts[slot] != null) {
                slot = (slot + 1) & (size - 1);
            }
            hosts[slot] = entry.getKey();
            byHost[slot] = entry.getValue();
        }
        this.marks = bits;
    }

    /** The number of the first rule that takes the call, or -1. */
    int find(String method, @Nullable String scheme, @Nullable String host, int port, String path) {
        HttpRule[] named = host == null ? null : candidates(host);
        if (named == null && host != null && spelled && HostNames.variesInSpelling(host)) {
            String usual = HostNames.usual(host);
            return find(candidates(usual), method, scheme, usual, port, path);
        }
        return find(named, method, scheme, host, port, path);
    }

    private int find(
            HttpRule @Nullable [] named,
            String method,
            @Nullable String scheme,
            @Nullable String host,
            int port,
            String path) {
        if (named != null) {
            for (HttpRule rule : named) {
                if (rule.matchesRest(method, scheme, port, path)) {
                    return rule.number;
                }
            }
            return -1;
        }
        for (HttpRule rule : open) {
            if (matchesHost(rule, host) && rule.matchesRest(method, scheme, port, path)) {
                return rule.number;
            }
        }
        return -1;
    }

    private static boolean mayBeSpelledOtherwise(HttpRule rule) {
        return rule.host != null
                && (!rule.host.isLiteral()
                        || rule.host.pattern().indexOf(':') >= 0
                        || rule.host.pattern().contains("xn--"));
    }

    private static boolean matchesHost(HttpRule rule, @Nullable String host) {
        return rule.host == null
                || (host != null && rule.host.matches(host, HostNames.start(host), HostNames.end(host)));
    }

    private HttpRule @Nullable [] candidates(String host) {
        // Shifts take their distance modulo 64, on both sides.
        if ((marks & 1L << HostNames.mark(host)) == 0) {
            return null;
        }
        int mask = hosts.length - 1;
        int slot = slot(host.hashCode());
        for (String key = hosts[slot]; key != null; key = hosts[slot]) {
            if (key.equals(host)) {
                return byHost[slot];
            }
            slot = (slot + 1) & mask;
        }
        slot = slot(HostNames.hash(host));
        for (String key = hosts[slot]; key != null; key = hosts[slot]) {
            if (HostNames.same(key, host)) {
                return byHost[slot];
            }
            slot = (slot + 1) & mask;
        }
        return null;
    }

    private int slot(int hash) {
        return (hash ^ (hash >>> 16)) & (hosts.length - 1);
    }

    private static HttpRule[] candidates(String host, List<HttpRule> rules) {
        List<HttpRule> able = new ArrayList<>();
        for (HttpRule rule : rules) {
            if (rule.host == null || rule.host.matches(host)) {
                able.add(rule);
            }
        }
        return able.toArray(NONE);
    }
}
