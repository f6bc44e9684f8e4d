package dev.resilience.fallback;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaleRowsTest {

    private static final Trouble REJECTED = new Trouble(true, 1_000, 0, null);
    private static final Object[] ALL_TYPES = {
        null,
        true,
        false,
        (byte) -7,
        (short) 300,
        Integer.MIN_VALUE,
        Long.MAX_VALUE,
        1.5f,
        Double.NEGATIVE_INFINITY,
        new BigDecimal("-12345678901234567890.0001"),
        BigInteger.TEN.pow(40),
        "grüße \uD83D\uDE00",
        'x',
        new byte[] {0, -1, 7},
        UUID.fromString("6f1d7a3e-0000-4000-8000-00000000000a"),
        Date.valueOf("2025-03-30"),
        Time.valueOf("23:59:59"),
        Timestamp.valueOf("2025-10-26 02:30:00.123456789"),
        LocalDate.of(-44, 3, 15),
        LocalTime.of(1, 2, 3, 4),
        LocalDateTime.of(2025, 3, 30, 2, 30),
        OffsetDateTime.parse("2025-10-17T10:00:00.5+05:45"),
        OffsetTime.parse("10:00:00-03:30"),
        ZonedDateTime.parse("2025-10-26T02:30:00+01:00[Europe/Berlin]"),
        Instant.parse("2025-10-17T10:00:00.123456789Z"),
        new Answer.ArrayValue("int4", Arrays.asList(1, null, 3)),
        new Answer.ArrayValue("_text", List.of(new Answer.ArrayValue("text", List.of("a", "b"))))
    };

    private final FakeAnswers store = new FakeAnswers();
    private final StaleCache cache = of("full_name");

    @Test
    void rows_of_every_type_come_back_as_they_were() {
        keep(FakeJdbc.query("select * from t"), ALL_TYPES, ALL_TYPES);
        Answer.RowSet answer = answer(FakeJdbc.query("select * from t"));
        assertThat(answer.strategy()).isEqualTo("stale_cache");
        assertThat(answer.rows().columns()).hasSize(ALL_TYPES.length);
        assertThat(answer.rows().columns().get(3))
                .isEqualTo(new Answer.Column("c3", "n3", Types.OTHER, "t", "java.lang.Object", 3, -1, 2, "tab", "sch"));
        assertThat(answer.rows().values()).hasSize(2);
        for (Object[] row : answer.rows().values()) {
            for (int i = 0; i < row.length; i++) {
                assertThat(row[i]).isEqualTo(ALL_TYPES[i]);
                if (row[i] != null) {
                    assertThat(row[i]).hasSameClassAs(ALL_TYPES[i]);
                }
            }
        }
    }

    @Test
    void no_rows_are_an_answer_too() {
        RowsRecorder recorder = cache.keep(FakeJdbc.query("select * from t"));
        recorder.complete(columns(2));
        Answer.Rows rows = answer(FakeJdbc.query("select * from t")).rows();
        assertThat(rows.values()).isEmpty();
        assertThat(rows.columns()).hasSize(2);
    }

    @Test
    void dates_mean_the_same_in_another_time_zone() {
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Auckland"));
            keep(FakeJdbc.query("select 1"), new Object[] {
                Date.valueOf("2025-06-01"), Time.valueOf("08:00:00"), Timestamp.valueOf("2025-06-01 08:00:00.5")
            });
            TimeZone.setDefault(TimeZone.getTimeZone("America/Los_Angeles"));
            assertThat(answer(FakeJdbc.query("select 1")).rows().values().get(0))
                    .extracting(Object::toString)
                    .containsExactly("2025-06-01", "08:00:00", "2025-06-01 08:00:00.5");
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void the_hour_that_comes_twice_a_year_is_told_apart() {
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
            Timestamp first = Timestamp.from(Instant.parse("2025-10-26T00:30:00Z"));
            Timestamp second = Timestamp.from(Instant.parse("2025-10-26T01:30:00Z"));
            assertThat(first.toString()).isEqualTo(second.toString());
            keep(FakeJdbc.query("select 1"), new Object[] {first, second});
            assertThat(answer(FakeJdbc.query("select 1")).rows().values().get(0))
                    .containsExactly(first, second);
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void layout_does_not_make_another_question_but_literals_do() {
        keep(FakeJdbc.query("select  *\n from t\twhere a = 'x  y' "), new Object[] {1});
        assertThat(answer(FakeJdbc.query("select * from t where a = 'x  y'"))).isNotNull();
        assertThat(answer(FakeJdbc.query("select * from t where a = 'x y'"))).isNull();
        assertThat(answer(FakeJdbc.query("select * from t where a = 'X  y'"))).isNull();
    }

    @Test
    void a_comment_line_keeps_its_end() {
        keep(FakeJdbc.query("select 1 -- one\n, 2"), new Object[] {1, 2});
        assertThat(answer(FakeJdbc.query("select 1 -- one , 2"))).isNull();
    }

    @Test
    void parameters_never_share_an_answer() {
        keep(FakeJdbc.query("select * from t where id = ?", 1), new Object[] {"one"});
        for (Object other : new Object[] {2, 1L, "1", (short) 1, new BigDecimal("1"), 1.0, true}) {
            assertThat(answer(FakeJdbc.query("select * from t where id = ?", other)))
                    .as(other.getClass() + " " + other)
                    .isNull();
        }
        assertThat(answer(FakeJdbc.query("select * from t where id = ?", (Object) null)))
                .isNull();
        assertThat(answer(FakeJdbc.query("select * from t where id = ?", 1, 1))).isNull();
        assertThat(answer(FakeJdbc.query("select * from t where id = ?", 1))).isNotNull();
    }

    @Test
    void an_array_is_the_same_by_whichever_name_of_its_type_and_whoever_made_it() {
        String sql = "select * from t where id = any(?)";
        List<List<Answer.ArrayValue>> same = List.of(
                List.of(
                        new Answer.ArrayValue("int4", List.of(1, 2)),
                        new Answer.ArrayValue("INTEGER", List.of(1, 2)),
                        new Answer.ArrayValue("bigint", List.of(1L, 2))),
                List.of(
                        new Answer.ArrayValue("varchar", List.of("a")),
                        new Answer.ArrayValue("CHARACTER VARYING", List.of("a")),
                        new Answer.ArrayValue("text", List.of("a"))),
                List.of(
                        new Answer.ArrayValue("uuid", List.of(new UUID(1, 2))),
                        new Answer.ArrayValue("uuid", List.of(new UUID(1, 2).toString()))));
        for (List<Answer.ArrayValue> ways : same) {
            keep(FakeJdbc.query(sql, ways.get(0)), new Object[] {1});
            assertThat(ways)
                    .allSatisfy(
                            way -> assertThat(answer(FakeJdbc.query(sql, way))).isNotNull());
        }
        assertThat(answer(FakeJdbc.query(sql, new Answer.ArrayValue("int4", List.of(2, 1)))))
                .isNull();
        assertThat(answer(FakeJdbc.query(sql, new Answer.ArrayValue("text", List.of("1", "2")))))
                .isNull();
        assertThat(answer(FakeJdbc.query(sql, new Answer.ArrayValue("numeric", List.of(1, 2)))))
                .isNull();
    }

    @Test
    void parameters_that_run_into_each_other_stay_apart() {
        keep(FakeJdbc.query("select ?, ?", "ab", "c"), new Object[] {1});
        assertThat(answer(FakeJdbc.query("select ?, ?", "a", "bc"))).isNull();
        keep(FakeJdbc.query("select ?", (Object) new byte[] {1, 2}), new Object[] {1});
        assertThat(answer(FakeJdbc.query("select ?", (Object) new byte[] {1, 3})))
                .isNull();
        assertThat(answer(FakeJdbc.query("select ?", (Object) new byte[] {1, 2})))
                .isNotNull();
    }

    @Test
    void unknown_parameters_have_no_answer() {
        FakeJdbc unknown = new FakeJdbc("jdbc:h2:mem:a", "select ?", "app", null, null, true, true);
        assertThat(cache.keep(unknown)).isNull();
        assertThat(cache.keep(FakeJdbc.query("select ?", new Object()))).isNull();
    }

    @Test
    void nobody_reads_another_users_or_schemas_rows() {
        FakeJdbc query = FakeJdbc.query("select * from t");
        keep(query.as("alice", "one"), new Object[] {"alice's"});
        assertThat(answer(query.as("bob", "one"))).isNull();
        assertThat(answer(query.as("alice", "two"))).isNull();
        assertThat(answer(query.as("alice", null))).isNull();
        assertThat(answer(query.as(null, "one"))).isNull();
        assertThat(answer(query.as("one", "alice"))).isNull();
        assertThat(answer(query.as("alice", "one"))).isNotNull();
        FakeJdbc elsewhere =
                new FakeJdbc("jdbc:postgresql://db/other", query.sql(), "alice", "one", List.of(), true, true);
        assertThat(answer(elsewhere)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into t values (1) returning id",
                "update t set a = 1",
                "delete from t",
                "with d as (delete from t returning *) select * from d",
                "select nextval('s')",
                "select next value for s",
                "select s.nextval from dual",
                "select * from t for update",
                "select a into b from t",
                "call p()",
                "{call p()}",
                "select pg_advisory_lock(1)",
                "select 1; delete from t",
                "select last_insert_id()",
                "/*! delete from t */ select 1",
                "explain analyze delete from t",
                "select 'a\\' union select 'b'",
                "select * from t for share",
                "select * from t for  key share of t",
                "select * from t lock in share mode",
                "select * from t with (updlock, rowlock)",
                "select take()",
                "select * from take()",
                "select gen_random_uuid()",
                "select random()",
                "select pg_notify('a', 'b')",
                "select lo_creat(-1)",
                "select connection_id()",
                "select id from t tablesample system(50)",
                "",
            })
    void what_does_more_than_read_is_not_kept(String sql) {
        assertThat(cache.keep(FakeJdbc.query(sql))).isNull();
        assertThat(answer(FakeJdbc.query(sql))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from staff",
                "  SELECT 'delete from t' as \"update\" from t -- insert\n",
                "(select 1) union (select 2)",
                "with a as (select 1) select * from a",
                "/* hint */ select updated_at, deleted from t;",
                "values (1), (2)",
                "select * from t where doc ->> 'a' = $$it's$$",
                "select share, key from t where at < now() and day = current_date",
                "select Full_Name(id), app.full_name(id) from t",
            })
    void what_only_reads_is_kept(String sql) {
        assertThat(cache.keep(FakeJdbc.query(sql))).isNotNull();
    }

    @Test
    void updates_have_no_stored_answer() {
        assertThat(cache.keep(new FakeJdbc("jdbc:h2:mem:a", "select 1", "app", null, List.of(), false, true)))
                .isNull();
    }

    @Test
    void too_many_rows_or_bytes_are_not_kept() {
        RowsRecorder many = cache.keep(FakeJdbc.query("select 1"));
        for (int i = 0; i < 10_000; i++) {
            assertThat(many.row(new Object[] {i})).isTrue();
        }
        assertThat(many.row(new Object[] {1})).isFalse();
        many.complete(columns(1));
        RowsRecorder large = cache.keep(FakeJdbc.query("select 1"));
        assertThat(large.row(new Object[] {new byte[(1 << 20) + 1]})).isFalse();
        large.complete(columns(1));
        RowsRecorder strange = cache.keep(FakeJdbc.query("select 1"));
        assertThat(strange.row(new Object[] {new Object()})).isFalse();
        strange.complete(columns(1));
        assertThat(store.kept).isEmpty();
    }

    @Test
    void an_older_one_does_not_stand_for_a_newer_that_is_too_large_to_keep() {
        FakeJdbc query = FakeJdbc.query("select 1");
        keep(query, new Object[] {1});
        RowsRecorder half = cache.keep(query);
        half.row(new Object[] {2});
        half.abandon();
        assertThat(answer(query)).as("nothing is known of the rest").isNotNull();
        RowsRecorder many = cache.keep(query);
        for (int i = 0; i <= 10_000; i++) {
            many.row(new Object[] {i});
        }
        assertThat(answer(query)).isNull();
        keep(query, new Object[] {1});
        RowsRecorder wide = cache.keep(query);
        wide.row(new Object[] {new byte[1 << 20]});
        wide.complete(columns(1));
        assertThat(answer(query)).isNull();
    }

    @Test
    void a_result_read_half_is_not_kept() {
        RowsRecorder recorder = cache.keep(FakeJdbc.query("select 1"));
        recorder.row(new Object[] {1});
        recorder.abandon();
        recorder.complete(columns(1));
        assertThat(store.kept).isEmpty();
    }

    @Test
    void rows_older_than_ttl_are_none() {
        keep(FakeJdbc.query("select 1"), new Object[] {1});
        store.nowMillis += 300_001;
        assertThat(answer(FakeJdbc.query("select 1"))).isNull();
    }

    @Test
    void all_rows_of_one_statement_can_be_forgotten_by_it_and_no_others() {
        AnswerKeys keys = AnswerKeys.of(Configs.with(null));
        FakeJdbc one = FakeJdbc.query("select * from staff where id = ?", 1);
        FakeJdbc two = FakeJdbc.query("select  *\n from staff where id = ?", 2);
        FakeJdbc other = FakeJdbc.query("select * from rooms where id = ?", 1);
        String prefix = keys.prefix("select * from staff\n where id = ?");
        assertThat(keys.jdbc(one, Set.of())).startsWith(prefix);
        assertThat(keys.jdbc(two, Set.of())).startsWith(prefix).isNotEqualTo(keys.jdbc(one, Set.of()));
        assertThat(keys.jdbc(other, Set.of())).doesNotStartWith(prefix);
    }

    @Test
    void an_address_that_means_another_database_on_each_host_has_an_answer_on_each() {
        AnswerKeys keys = AnswerKeys.of(Configs.with(null));
        FakeJdbc query = FakeJdbc.query("select * from staff");
        String here = keys.jdbc(on("one", query), Set.of());
        assertThat(here)
                .isEqualTo(keys.jdbc(on("one", query), Set.of()))
                .isNotEqualTo(keys.jdbc(on("two", query), Set.of()))
                .isNotEqualTo(keys.jdbc(query, Set.of()));
    }

    private static Request.Jdbc on(String place, FakeJdbc query) {
        return (Request.Jdbc) Proxy.newProxyInstance(
                StaleRowsTest.class.getClassLoader(),
                new Class<?>[] {Request.Jdbc.class},
                (proxy, method, arguments) ->
                        method.getName().equals("place") ? place : method.invoke(query, arguments));
    }

    @Test
    void hostile_bytes_are_no_rows() {
        FakeJdbc query = FakeJdbc.query("select 1");
        keep(query, ALL_TYPES);
        String key = store.kept.keySet().iterator().next();
        byte[] good = store.kept.get(key).bytes();
        FallbackChain chain = new FallbackChain(List.of(cache));
        for (int i = 0; i < good.length; i++) {
            for (byte[] bad : List.of(Arrays.copyOf(good, i), with(good, i, (byte) 0xFF), with(good, i, (byte) 0x7F))) {
                store.kept.put(key, new FakeAnswers.Kept(bad, Duration.ofMinutes(5), store.nowMillis));
                Answer answer = chain.answer(query, REJECTED, missed -> {})
                        .toCompletableFuture()
                        .join();
                assertThat(answer).isIn(answer, null);
            }
        }
    }

    /** @param pure what its rule names */
    private StaleCache of(String pure) {
        return new StaleCache(
                store, AnswerKeys.of(Configs.with(null)), "database", "staff", Duration.ofSeconds(300), Set.of(pure));
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        byte[] changed = bytes.clone();
        changed[at] = value;
        return changed;
    }

    private void keep(FakeJdbc query, Object[]... rows) {
        RowsRecorder recorder = cache.keep(query);
        for (Object[] row : rows) {
            assertThat(recorder.row(row)).isTrue();
        }
        recorder.complete(columns(rows[0].length));
    }

    private static List<Answer.Column> columns(int count) {
        List<Answer.Column> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            columns.add(
                    new Answer.Column("c" + i, "n" + i, Types.OTHER, "t", "java.lang.Object", i, -1, 2, "tab", "sch"));
        }
        return columns;
    }

    private Answer.@Nullable RowSet answer(FakeJdbc query) {
        return (Answer.RowSet)
                cache.answer(query, REJECTED).toCompletableFuture().join();
    }
}
