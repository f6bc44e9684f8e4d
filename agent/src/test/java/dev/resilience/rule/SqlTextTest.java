package dev.resilience.rule;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlTextTest {

    private static final String POSTGRESQL = "jdbc:postgresql://db/booking";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "select * from t where a = 'it''s' and b=12.5e-3 | select * from t where a = ? and b=?",
                "select \"col 1\", `x` from t1 where x in (1,2) | select \"col 1\", `x` from t1 where x in (?,?)",
                "select 1 -- secret 'x'  | select ?",
                "select /* secret */ 2 | select ?",
                "select $$it's$$, $a$ $$ $a$ from v$session | select ?, ? from v$session",
                "select E'a', 0xFF, 1_000, .5, $1, ?, :name | select E?, ?, ?, ?, $?, ?, :name",
            })
    void literals_are_not_shown(String sql, String shown) {
        assertThat(SqlText.withoutLiterals(sql, POSTGRESQL)).isEqualTo(shown);
    }

    @Test
    void double_quotes_are_text_where_the_dialect_may_say_so() {
        assertThat(SqlText.withoutLiterals("select \"secret\"", "jdbc:mysql://db/a"))
                .isEqualTo("select ?");
        assertThat(SqlText.withoutLiterals("select \"secret\"", null)).isEqualTo("select ?");
    }

    @Test
    void nothing_is_shown_behind_a_literal_whose_end_is_doubtful() {
        assertThat(SqlText.withoutLiterals("select 'a\\' or x = 'secret'", POSTGRESQL))
                .isEqualTo("select ? ...");
        assertThat(SqlText.withoutLiterals("select 'open", POSTGRESQL)).isEqualTo("select ? ...");
    }

    @Test
    void a_long_statement_is_cut() {
        assertThat(SqlText.withoutLiterals("select " + "a, ".repeat(10_000), POSTGRESQL))
                .hasSizeLessThan(8_200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select @total",
                "select a from t where id<@last",
                "select @`my total`, 1",
                "select @@rowcount",
                "select 1 where @@session.sql_mode = ''"
            })
    void what_a_session_keeps_in_variables_is_nobody_elses_answer(String sql) {
        assertThat(SqlText.onlyReads(sql)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from orders@remote",
                "select * from \"orders\"@remote",
                "select a from t where words @@ to_tsquery('x')",
                "select a from t where words @@to_tsquery('x') and b @> '{1}' and c <@ d and @ -5 = 5",
                "select a from t where mail = 'ada@example.com' -- @a"
            })
    void neither_links_nor_operators_are_variables(String sql) {
        assertThat(SqlText.onlyReads(sql)).isTrue();
    }

    @Property(tries = 500)
    void any_text_can_be_read(
            @ForAll @Chars({'\'', '"', '`', '$', '\\', '-', '/', '*', 'a', '1', ' ', '\n', ';', '(', '@'}) String sql) {
        SqlText.onlyReads(sql);
        SqlText.withoutLiterals(sql, POSTGRESQL);
        String once = SqlText.normalised(sql);
        assertThat(SqlText.normalised(once)).isEqualTo(once);
    }

    @Property(tries = 300)
    void no_literal_is_ever_shown(@ForAll @Chars({'s', '\'', '"', '\\', '\n', '-', '$', '/', '*'}) String secret) {
        String sql = "select * from t where a = 'Z" + secret.replace("'", "''").replace("\\", "\\\\") + "Z' and b = 1";
        assertThat(SqlText.withoutLiterals(sql, "jdbc:mysql://db/a")).doesNotContain("Z");
    }

    @Test
    void parameters_are_counted_where_they_are_some() {
        assertThat(SqlText.markers("select a from t where b = ? and c in (?,?) -- ?", false))
                .isEqualTo(3);
        assertThat(SqlText.markers("select '?' from \"a?\" where b ?? 'c' and d = ?", false))
                .isEqualTo(1);
        assertThat(SqlText.markers("select a from t where b = ?2 or c = ?1 or d = ?2", false))
                .isEqualTo(1);
        assertThat(SqlText.markers("select a::text from t where b = 'it''s ?'", false))
                .isZero();
        assertThat(SqlText.markers("select a from t where b = :b and c = :1", true))
                .isEqualTo(1);
        assertThat(SqlText.markers("begin a := 1; end", true)).isZero();
    }
}
