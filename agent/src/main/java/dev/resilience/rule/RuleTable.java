package dev.resilience.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint a call belongs to: the first rule that matches, in the order in which the rules were added, across all
 * services. Immutable and thread-safe; a lookup never throws and allocates nothing (but once for each new database address, and for
 * a host that is an IPv6 address or has letters outside ASCII).
 *
 * @param <E> what a rule stands for, handed back as it was given
 */
public final class RuleTable<E> {

    /** Database addresses whose rules are remembered; an application has a few, and a flood of them must not fill the heap. */
    private static final int MOST_ADDRESSES = 256;

    private final List<E> endpoints;
    private final List<HttpRule> http;
    private final List<JdbcRule> jdbc;
    private final HostIndex hosts;
    private final ConcurrentHashMap<String, JdbcRule[]> byUrl = new ConcurrentHashMap<>();

    private RuleTable(Builder<E> builder) {
        this.endpoints = List.copyOf(builder.endpoints);
        this.http = List.copyOf(builder.http);
        this.jdbc = List.copyOf(builder.jdbc);
        this.hosts = new HostIndex(http);
    }

    public static <E> Builder<E> builder() {
        return new Builder<>();
    }

    /**
     * The endpoint of an HTTP call, or null.
     *
     * @param host as in the URI, in any spelling of {@link HostNames#usual}
     * @param port zero or less for the scheme's own (80 for http and ws, 443 for https and wss)
     * @param path raw, not decoded and not normalised; a query is ignored; null or empty for the root
     */
    public @Nullable E http(
            String method, @Nullable String scheme, @Nullable String host, int port, @Nullable String path) {
        if (http.isEmpty()) {
            return null;
        }
        int found = hosts.find(method, scheme, host, port, path == null || path.isEmpty() ? "/" : path);
        return found < 0 ? null : endpoints.get(found);
    }

    /** The endpoint of a statement, or null. */
    public @Nullable E jdbc(String url, String sql) {
        for (JdbcRule rule : rulesOf(url)) {
            if (rule.matchesSql(sql)) {
                return endpoints.get(rule.number);
            }
        }
        return null;
    }

    /** Whether some rule may match statements on this database. */
    public boolean coversJdbc(String url) {
        return rulesOf(url).length > 0;
    }

    /** Each endpoint with a rule for this database that could match some statement, in order. */
    public List<E> jdbcEndpoints(String url) {
        JdbcRule[] rules = rulesOf(url);
        if (rules.length == 0) {
            return List.of();
        }
        List<E> able = new ArrayList<>(rules.length);
        for (JdbcRule rule : rules) {
            able.add(endpoints.get(rule.number));
        }
        return able;
    }

    public boolean hasHttp() {
        return !http.isEmpty();
    }

    public boolean hasJdbc() {
        return !jdbc.isEmpty();
    }

    /**
     * The rules that no call can ever reach, because one earlier rule alone takes all that they match. Only sure cases are
     * told: rules that several earlier ones cover together are not found.
     */
    public List<Shadowed<E>> shadowed() {
        List<Shadowed<E>> found = new ArrayList<>();
        for (int later = 1; later < http.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (http.get(earlier).covers(http.get(later))) {
                    found.add(shadowed(http.get(later).number, http.get(earlier).number));
                    break;
                }
            }
        }
        for (int later = 1; later < jdbc.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (jdbc.get(earlier).covers(jdbc.get(later))) {
                    found.add(shadowed(jdbc.get(later).number, jdbc.get(earlier).number));
                    break;
                }
            }
        }
        return found;
    }

    private Shadowed<E> shadowed(int rule, int by) {
        return new Shadowed<>(endpoints.get(rule), endpoints.get(by));
    }

    private JdbcRule[] rulesOf(String url) {
        if (jdbc.isEmpty()) {
            return JdbcRule.NONE;
        }
        JdbcRule[] known = byUrl.get(url);
        if (known != null) {
            return known;
        }
        List<JdbcRule> able = new ArrayList<>();
        for (JdbcRule rule : jdbc) {
            if (rule.url.matches(url)) {
                able.add(rule);
            }
        }
        JdbcRule[] rules = able.toArray(JdbcRule.NONE);
        if (byUrl.size() < MOST_ADDRESSES) {
            byUrl.put(url, rules);
        }
        return rules;
    }

    /** A rule that never matches. @param by the earlier one that takes all its calls */
    public record Shadowed<E>(E rule, E by) {}

    /** Takes rules in file order. Not thread-safe. */
    public static final class Builder<E> {

        private final List<E> endpoints = new ArrayList<>();
        private final List<HttpRule> http = new ArrayList<>();
        private final List<JdbcRule> jdbc = new ArrayList<>();

        private Builder() {}

        /**
         * @param methods empty for any
         * @param scheme null for any
         * @param host with {@code *} for any characters, dots included; null for any
         * @param port null for any
         * @param path with {@code *}, {@code **} and {@code {name}}; null for any
         */
        public Builder<E> http(
                E endpoint,
                Set<String> methods,
                @Nullable String scheme,
                @Nullable String host,
                @Nullable Integer port,
                @Nullable String path) {
            http.add(new HttpRule(endpoints.size(), methods, scheme, host, port, path));
            endpoints.add(endpoint);
            return this;
        }

        /**
         * @param url with {@code *} for any characters; case does not matter
         * @param sql with {@code *} for any characters; case does not matter, runs of white space are equal, and those at
         *     either end ignored; null for any statement
         */
        public Builder<E> jdbc(E endpoint, String url, @Nullable String sql) {
            jdbc.add(new JdbcRule(endpoints.size(), url, sql));
            endpoints.add(endpoint);
            return this;
        }

        public RuleTable<E> build() {
            return new RuleTable<>(this);
        }
    }
}
