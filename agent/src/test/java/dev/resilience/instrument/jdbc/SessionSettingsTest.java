package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever sees other rows has other settings, or none that can be told. */
class SessionSettingsTest {

    private final SessionSettings session = SessionSettings.of("jdbc:postgresql:d");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set role alice",
                "SET ROLE alice;",
                " \n-- who asks\nset role alice",
                "/* who asks */ set search_path to theirs",
                "use theirs",
                "alter session set current_schema = theirs",
                "select SET_CONFIG('app.tenant', 't1', false)",
                "set session authorization alice",
                "select set_tenant('t1')",
                "select set_tenant$('t1')",
                "{call ctx.set_user('alice')}",
                "call be('alice')",
                "values (set_tenant('t1'))",
                "select 1 from become('alice')",
                "with asked as (select app.\"set_tenant\"('t1')) select 1 from asked",
                "exec sp_set_session_context 'tenant', 't1'",
                "select loginAs('alice')",
                "select settenant('t1')",
                "call dbms_session.clear_identifier()",
                "select clear_tenant()",
                "begin ctx_pkg.set_tenant('t1'); end;",
                "BEGIN dbms_session.set_identifier('alice'); END;",
            })
    void what_changes_a_session_is_part_of_the_key(String sql) {
        run(sql);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select get_user(1)",
                "select count(user_id) from users where setting in (1, 2)",
                "select nextval('numbers')",
                "call log_visit(1)",
                "select settings('a')",
                "select use, set from words where (1 = 1)",
                "select /*+ USE_NL(a b) */ 1 -- set_user(1)",
                "select 'set_user(1)'",
                "insert into set_items (id) values (1)",
                "update words set (a, b) = (1, 2)",
                "with numbers as (select 1) select * from numbers where set in (select a from use_cases)",
            })
    void what_does_not_is_none(String sql) {
        run(sql);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isNull();
    }

    @Test
    void a_long_literal_is_looked_through_once() {
        assertThat(Routines.setting("insert into t values ('" + "a".repeat(1_000_000) + "')"))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1; set role alice",
                "reset role; select 1",
                "discard all; set role alice",
                "begin; SET ROLE alice",
                "/*!40101 set @tenant = 1 */",
                "do $$ begin perform set_config('app.tenant', 't1', false); end $$",
                "begin dbms_session.set_role('alice'); end;",
                "execute as user = 'alice'",
                "setuser 'alice'",
                "{call sp_setapprole('shop', 's3cret')}",
                "exec sp_unsetapprole 0x01",
                "declare @cookie varbinary(8000); exec sp_setapprole 'shop', 's3cret', @cookie output",
                "set @tenant = 1, @role = 2",
                "select set_config(name, value, false) from settings",
                "select set_config('a', 'x', false), set_config('b', 'y', false)",
                "select set_config('app.tenant', ?, false)",
                "insert into t select set_config('app.tenant', 't1', false)",
                "begin ctx_pkg.set_tenant('t1'); ctx_pkg.set_user('u1'); end;",
                "declare @t varchar(9) = 't1'; exec sp_set_session_context 'tenant', @t",
                "do $$ begin perform set_tenant('t1'); end $$",
                "if session_context('tenant') is null exec sp_set_session_context 'tenant', 't1'",
                "update visits set count = 1; select set_tenant('t1')",
                "begin t.who := 't1'; app.set_tenant(t.who); end;",
            })
    void what_cannot_be_read_from_the_statement_ends_the_keeping_of_answers(String sql) {
        run(sql);
        assertThat(session.known()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select a_setting from settings where b_config = 1",
                "insert into role_of values (1)",
                "update t set a_b = 1",
                "set transaction isolation level serializable",
                "select 1; select 2",
                "update a set b = 1; update c set d = 2",
                "call refresh_totals()",
                "begin",
                "commit",
                "begin log_visit(1); end;",
                "insert into set_items (id, role) values (1, 2); select lastval()",
                "insert into users (role) values ('r'); select role from users",
                "drop table if exists a; create table if not exists use_cases (id int)",
                "if exists (select 1 from t) update t set a = 1",
            })
    void other_statements_change_nothing(String sql) {
        run(sql);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "create temp table ids (id int)",
                "CREATE LOCAL TEMPORARY TABLE IF NOT EXISTS \"ids\" (id int)",
                "create or replace temporary view ids as select 1",
                "declare global temporary table session.ids (id int)",
                "select 1 as id into temp ids",
                "with x as (select 1 as id) select * into temp ids from x",
                "drop table if exists ids; create temp table ids (id int)",
                "create temp table other (id int); create temp table ids (id int)",
                "begin; create temp table ids (id int)",
                "set a = 1; create temp table ids (id int)",
            })
    void what_only_this_session_sees_is_nobody_elses_answer(String sql) {
        assertThat(Concerning.session(sql, "jdbc:x:y") || OwnTables.filledBy(sql))
                .isTrue();
        session.note(sql, null);
        assertThat(session.isOwn("select * from IDS where id = 1")).isTrue();
        assertThat(session.isOwn("select * from staff")).isFalse();
        run("discard all");
        assertThat(session.isOwn("select * from ids")).isFalse();
    }

    @Test
    void sql_servers_tables_of_a_session_say_so_by_their_names() {
        assertThat(session.isOwn("select * from #ids")).isTrue();
        assertThat(session.isOwn("select '#1', a from #_ids")).isTrue();
        assertThat(session.isOwn("select a #> '{b}' from t")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"select 2 into @y", "select @z := 2", "select a, @`z` := a from t"})
    void mysqls_variables_may_be_set_by_the_way(String sql) {
        assertThat(Concerning.session(sql, "jdbc:mysql://h/d")).isTrue();
        session.note(sql, null);
        assertThat(session.known()).isFalse();
    }

    @Test
    void nor_does_a_column_that_is_named_like_what_they_set() {
        String sql = "select id, role from users where mail = 'ada@example.com'";
        assertThat(Concerning.session(sql, "jdbc:mysql://h/d")).isTrue();
        session.note(sql, null);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isNull();
    }

    @Test
    void whom_a_block_is_told_by_a_parameter_is_part_of_the_key() {
        run("begin dbms_session.set_context('app', 'tenant', ?); end;", "t1");
        run("begin dbms_session.set_context('app', 'user', ?); end;", "u1");
        assertThat(session.known()).isTrue();
        assertThat(session.text()).contains("t1", "u1");
        run("begin dbms_session.set_context('app', 'tenant', ?); end;", "t2");
        assertThat(session.text()).contains("t2", "u1").doesNotContain("t1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "begin ctx_pkg.set_tenant(:t); end;",
                "{call ctx_pkg.set_tenant(:1)}",
                "call p.set_user(:u)",
                "call p.set_user(:u, 'c:\\')",
                "set current schema = :s",
                "select set_config('app.tenant', :t, false)"
            })
    void whom_it_is_told_by_a_name_that_is_not_known_cannot_be_told(String sql) {
        session.note(sql, null);
        assertThat(session.known()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "select set_tenant('t1'), set_user('u1') | select set_tenant('t2')",
                "select set_tenant('t1'); select set_user('u1') | select set_tenant('t2')",
                "exec set_tenant 't1'; exec set_user 'u1' | exec set_tenant 't2'",
                "select set_ctx('a', 'u1'), set_ctx('b', 't1') | select set_ctx('c', 't2'), set_ctx('d', 't2')",
            })
    void none_of_several_that_are_called_at_once_is_hidden_by_one_that_is_called_later(String several, String later) {
        run(several);
        run(later);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).contains("u1", "t2");
    }

    @Test
    void several_that_are_called_at_once_for_each_who_asks_are_no_settings_of_each() {
        String call = "exec sp_set_session_context N'tenant', ?; exec sp_set_session_context N'user', ?";
        for (int user = 0; user < 40; user++) {
            session.note(call, List.of("t" + user, "u" + user));
        }

        assertThat(session.known()).isTrue();
        assertThat(session.text()).contains("t39", "u39").doesNotContain("t38");
    }

    @Test
    void what_tells_of_a_context_sets_none() {
        run("select * from orders where t = sys_context('app', 'tenant') and u = session_context(N'user')");
        assertThat(session.text()).isNull();
    }

    @Test
    void nor_is_one_that_is_called_beside_a_variable_that_is_set() {
        run("select set_tenant('t1'), set_config('app.user', 'u1', false)");
        assertThat(session.known()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 'it\\'s', set_tenant('t1')",
                "select \"don't\", set_tenant('t1')",
                "select $$it's$$, set_tenant('t1')"
            })
    void a_call_behind_a_text_is_heard_wherever_the_text_ends(String sql) {
        run(sql);
        assertThat(session.text()).contains("set_tenant");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:h2:mem:postgresql;MODE=PostgreSQL", "jdbc:mysql://db/feedback", "jdbc:h2:file:edb:x"})
    void a_database_takes_back_by_what_it_is_and_not_by_what_it_is_called(String url) {
        SessionSettings other = SessionSettings.of(url);
        other.heard("use t1");
        other.rolledBack(true);
        assertThat(other.text()).contains("use t1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:highgo://h/d",
                "jdbc:vastbase://h/d",
                "jdbc:aws-wrapper:postgresql://h/d",
                "jdbc-secretsmanager:postgresql://h/d",
                "jdbc:tc:postgresql:16:///d"
            })
    void what_is_set_locally_ends_with_the_transaction_in_postgresqls_kin(String url) {
        SessionSettings kin = SessionSettings.of(url);
        kin.heard("set local role t1");
        assertThat(kin.text()).contains("t1");
        kin.committed();
        assertThat(kin.isAsItBegan()).isTrue();
    }

    @Test
    void where_it_is_not_known_whether_what_is_set_locally_ends_nothing_is_kept() {
        SessionSettings unknown = SessionSettings.of("jdbc:unheardof://h/d");
        unknown.heard("set role t1");
        assertThat(unknown.known()).isTrue();
        unknown.heard("set local role t2");
        assertThat(unknown.known()).isFalse();
    }

    @Test
    void whom_a_session_is_authorized_as_has_two_names_and_is_not_reset_with_all() {
        run("set session_authorization to t1");
        run("reset all");
        assertThat(session.text()).contains("t1");
        run("set role r1");
        run("reset session_authorization");
        assertThat(session.text()).isNull();
        run("select set_config('session_authorization', 't2', false)");
        run("reset all");
        assertThat(session.text()).contains("t2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"u%d@example.com", "6f1b2c3d-0000-4000-8000-0000000000%02d"})
    void who_is_told_first_is_no_name_of_what_is_set(String user) {
        for (int i = 0; i < 40; i++) {
            run("{call app_ctx.set_context(?, ?)}", String.format(user, i), "t" + i);
        }
        assertThat(session.known()).isTrue();
        assertThat(session.text()).contains("t39").doesNotContain("t38");
    }

    @Test
    void a_cast_asks_for_nothing() {
        session.note("select set_tenant('t:1'::text)", null);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).contains("t:1");
    }

    @Test
    void several_variables_set_by_the_same_function_are_all_in_the_key() {
        run("select set_config('app.tenant', 't1', false)");
        run("select set_config('app.user', 'u1', false)");
        assertThat(session.text()).contains("t1", "u1");
        run("select set_config(?, ?, ?)", "app.tenant", "t2", false);
        assertThat(session.text()).contains("t2", "u1").doesNotContain("'t1'");
    }

    /** Oracle, SQL Server, DB2, Snowflake. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "alter session set current_schema = first | alter session set nls_date_format = 'YYYY'",
                "exec sp_set_session_context 'tenant', 'first' | exec sp_set_session_context 'user', 'u1'",
                "call dbms_session.set_context('app', 'tenant', 'first') | call dbms_session.set_context('app', 'user', 1)",
                "select set_ctx('tenant', 'first') | select set_ctx('user', 'u1')",
                "set current schema = first | set current isolation = UR",
                "use role first | use schema theirs"
            })
    void what_is_set_next_does_not_hide_it(String first, String next) {
        run(first);
        run(next);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).contains("first");
        run(first.replace("first", "second"));
        assertThat(session.text()).contains("second").doesNotContain("first");
    }

    @Test
    void which_of_several_it_is_may_be_told_by_a_parameter() {
        run("{call sp_set_session_context(?, ?)}", "tenant", "t1");
        run("{call sp_set_session_context(?, ?)}", "user", "u1");
        assertThat(session.text()).contains("t1", "u1");
        run("{call sp_set_session_context(?, ?)}", "tenant", "t2");
        assertThat(session.text()).contains("t2", "u1").doesNotContain("t1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exec sp_set_session_context @key=N'tenant', @value=?, @read_only=0",
                "exec sp_set_session_context @value=?, @key=N'tenant'",
                "exec sp_set_session_context N'tenant', ?, 0",
                "{call app_ctx.set_user_context(?, 'en')}",
                "{call app_ctx.set_user_context(?, ?)}",
                "select set_ctx('tenant', ?)",
                "call dbms_session.set_context('app', 'tenant', ?, 'u', 'c')",
                "call dbms_session.set_context(attribute => 'tenant', value => ?, namespace => 'app')",
                "call app.set_context('app', 'tenant', ?)",
            })
    void a_value_is_no_name_wherever_it_stands(String sql) {
        boolean two = sql.contains("?, ?");
        for (int i = 0; i < 40; i++) {
            run(sql, two ? new Object[] {"t" + i, "en" + i} : new Object[] {"t" + i});
        }
        SessionSettings fresh = SessionSettings.of("jdbc:postgresql:d");
        fresh.note(sql, two ? list("t39", "en39") : list("t39"));
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isNotNull().isEqualTo(fresh.text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exec sp_set_session_context @value=?, @key=?",
                "call dbms_session.set_context('app', value => ?, attribute => ?)"
            })
    void what_is_named_behind_its_value_hides_no_other(String sql) {
        run(sql, "t1", "tenant");
        run(sql, "u1", "user");
        assertThat(session.text()).contains("t1", "u1");
        run(sql, "t2", "tenant");
        assertThat(session.text()).contains("t2", "u1").doesNotContain("t1");
    }

    @Test
    void nor_does_what_a_routine_of_ones_own_is_told_to_set_by_a_parameter() {
        run("{call set_ctx(?, ?)}", "tenant_id", "t1");
        run("{call set_ctx(?, ?)}", "user", "u1");
        assertThat(session.text()).contains("t1", "u1");
        run("{call app.set_session_var(?, ?)}", "practice", "p1");
        run("{call app.set_session_var(?, ?)}", "locale", "en");
        assertThat(session.text()).contains("p1", "en");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "select set_tenant('t1') | select clear_tenant()",
                "{call ctx.set_user(?)} | {call ctx.reset_user}",
                "call dbms_session.set_identifier('a') | call dbms_session.clear_identifier()",
                "select setUserSession('a') from dual | select clear_user_session() from dual",
                "exec enter_tenant 'a' | exec leave_tenant"
            })
    void what_is_taken_back_and_set_again_is_as_if_it_had_never_been_taken_back(String set, String back) {
        Object[] told = set.contains("?") ? new Object[] {"u1"} : new Object[0];
        SessionSettings fresh = SessionSettings.of("jdbc:postgresql:d");
        fresh.note(set, list(told));
        run(set, told);
        run(back);
        String cleared = session.text();
        assertThat(cleared).isNotNull().isNotEqualTo(fresh.text());
        run(set, told);
        assertThat(session.text()).isEqualTo(fresh.text());
        run(back);
        assertThat(session.text()).isEqualTo(cleared);
        session.committed();
        String over = session.text();
        run(set, told);
        session.rolledBack(true);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isEqualTo(over);
        run(set, told);
        assertThat(session.text()).isEqualTo(fresh.text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "select set_tenant('t1') | select clear_user()",
                "select set_tenant('t1') | select clear_tenant('t2')",
                "select set_tenant('t1'), other('x') | select clear_tenant()",
                "select set_tenant('t1') | select clear_tenant() where done()",
                "select set_ctx('tenant', 't1') | call clear_context()",
            })
    void what_may_not_have_been_taken_back_stays(String set, String back) {
        run(set);
        run(back);
        assertThat(session.text()).contains("t1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "set schema 'a' | set search_path = b",
                "set role a | set session authorization b",
                "use a | select use_schema('b')",
                "set time zone 'UTC' | set timezone = 'Asia/Tokyo'",
                "set language german | set dateformat mdy",
                "alter session set nls_territory = germany | alter session set nls_date_format = 'YYYY'",
                "set @@session.time_zone = '+01:00' | set time_zone = '+02:00'",
                "set role a | set trusted role",
                "set search_path = a | set \"search_path\" = b",
                "set @tenant = database() | use t2",
                "select set_config('app.actor', current_user, false) | set role t1",
                "call set_ctx('tenant', 1) | call clear_context()"
            })
    void of_two_that_may_name_the_same_the_last_one_counts(String one, String other) {
        run(one);
        run(other);
        SessionSettings turned = SessionSettings.of("jdbc:postgresql:d");
        turned.heard(other);
        turned.heard(one);
        assertThat(turned.text()).isNotNull().isNotEqualTo(session.text());
        turned.heard(other);
        assertThat(turned.text()).isEqualTo(session.text());
    }

    /** Pools set both up at first, and of both only the schema again when a tenant gives his connection back. */
    @Test
    void a_schema_means_the_same_before_a_time_zone_and_behind_it() {
        session.set("setSchema", "app");
        run("set time zone 'UTC'");
        SessionSettings turned = SessionSettings.of("jdbc:postgresql:d");
        turned.heard("set time zone 'UTC'");
        turned.set("setSchema", "app");
        assertThat(turned.text()).isEqualTo(session.text());
        run("select set_tenant('t1')");
        turned.set("setSchema", "app");
        turned.heard("select set_tenant('t1')");
        turned.heard("set time zone 'UTC'");
        assertThat(turned.text()).isNotEqualTo(session.text());
    }

    @Test
    void what_a_routine_said_may_be_cleared_by_another_name() {
        run("begin dbms_session.set_identifier('ada'); end;");
        String ada = session.text();
        session.clear(ClientInfo.PREFIX + "ocsid.clientid");
        assertThat(session.text()).isNotEqualTo(ada);
        run("begin dbms_session.set_identifier('ada'); end;");
        String again = session.text();
        session.clear(ClientInfo.PREFIX + "ocsid.clientid");
        assertThat(session.text()).isNotEqualTo(again);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"commit /* a; b */", "commit ; -- done", "end -- to the next", "rollback /* back to pool */"})
    void no_word_of_a_comment_says_how_a_transaction_ended(String end) {
        run("set local role t1");
        run(end);
        assertThat(session.isAsItBegan()).isTrue();
    }

    @Test
    void no_value_passes_for_another_setting() {
        run("select set_config(?, ?, false)", "app.user", "ada");
        run("select set_config(?, ?, false)", "app.tenant", "t1");
        String both = String.valueOf(session.text());
        SessionSettings one = SessionSettings.of("jdbc:postgresql:d");
        String forged = both.substring(both.indexOf("ada"), both.lastIndexOf("t1") + 2);
        one.note("select set_config(?, ?, false)", list("app.user", forged));
        assertThat(one.text()).isNotEqualTo(both);
        SessionSettings split = SessionSettings.of("jdbc:postgresql:d");
        split.note("call set_names(?, ?)", list("a, b", "c"));
        SessionSettings whole = SessionSettings.of("jdbc:postgresql:d");
        whole.note("call set_names(?, ?)", list("a", "b, c"));
        assertThat(split.text()).isNotNull().isNotEqualTo(whole.text());
    }

    @Test
    void nor_is_a_schema_that_the_connection_set_what_a_statement_set_before() {
        session.set("setSchema", "a");
        run("set search_path = b");
        SessionSettings turned = SessionSettings.of("jdbc:postgresql:d");
        turned.heard("set search_path = b");
        turned.set("setSchema", "a", turned.inForce());
        assertThat(turned.text()).isNotEqualTo(session.text());
    }

    @Test
    void they_count_in_the_order_before_when_what_a_transaction_set_is_over_with_it() {
        run("set search_path = c");
        session.set("setSchema", "a");
        session.committed();
        String before = session.text();
        run("set local search_path = b");
        assertThat(session.text()).isNotEqualTo(before);
        session.committed();
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isEqualTo(before);
        run("set search_path = b");
        session.rolledBack(true);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isEqualTo(before);
    }

    @Test
    void a_transaction_that_is_rolled_back_leaves_what_the_one_before_it_set() {
        run("set search_path = tenant_a");
        run("set role app_a");
        session.committed();
        String before = session.text();
        run("set search_path = tenant_b");
        run("set role app_b");
        session.rolledBack(true);
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isEqualTo(before);
    }

    @Test
    void what_lasts_counts_in_the_order_in_which_it_was_set_beside_what_does_not() {
        run("set role app");
        session.set("setSchema", "a");
        session.committed();
        run("set local role tenant1");
        run("set search_path = b");
        session.committed();
        SessionSettings other = SessionSettings.of("jdbc:postgresql:d");
        other.heard("set role app");
        other.set("setSchema", "a");
        other.heard("set search_path = b");
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isEqualTo(other.text());
    }

    @Test
    void what_was_set_for_good_in_the_same_transaction_stays_when_it_ends() {
        run("set local role first");
        run("set role second");
        session.committed();
        assertThat(session.text()).contains("second");
        run("set role third");
        run("set local role fourth");
        session.committed();
        assertThat(session.text()).contains("third");
    }

    @Test
    void what_is_set_for_a_transaction_ends_with_it() {
        run("set app.tenant = 'always'");
        session.committed();
        run("set local app.tenant = 't1'");
        run("select set_config('app.user', 'u1', true)");
        assertThat(session.text()).contains("t1", "u1");
        session.committed();
        assertThat(session.text()).contains("always").doesNotContain("t1", "u1");
        run("set local app.tenant = 't2'");
        run("rollback");
        assertThat(session.text()).contains("always").doesNotContain("t2");
    }

    @Test
    void what_a_routine_set_may_end_with_the_transaction_and_does_so_only_once() {
        run("select set_tenant('t1')");
        String within = session.text();
        session.committed();
        String behind = session.text();
        assertThat(behind).contains("t1").isNotEqualTo(within);
        run("select set_tenant('t1')");
        assertThat(session.text()).isEqualTo(within);
        run("commit");
        session.committed();
        assertThat(session.text()).isEqualTo(behind);
    }

    @Test
    void what_a_transaction_set_is_taken_back_with_it() {
        run("set role alice");
        session.committed();
        run("set role mallory");
        session.rolledBack(true);
        assertThat(session.text()).contains("alice").doesNotContain("mallory");
        run("set role bob");
        session.rolledBack(false);
        assertThat(session.known()).isFalse();
    }

    @Test
    void a_schema_set_by_the_connection_in_a_transaction_that_is_rolled_back_cannot_be_told() {
        session.set("setSchema", "theirs");
        session.committed();
        assertThat(session.text()).contains("theirs");
        session.set("setSchema", "others");
        session.rolledBack(true);
        assertThat(session.known()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rollback;--", "ROLLBACK; -- to where it began", "abort; /* all */", "/* all */ rollback;"})
    void a_comment_behind_its_end_takes_nothing_from_it(String end) {
        run("set search_path to theirs");
        run(end);
        assertThat(session.text()).isNull();
        assertThat(session.known()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "commit; begin",
                "end; select 1",
                "insert into t values (1); end",
                "select 1; /* all */ commit",
                "update t set a = 1; rollback to savepoint b",
            })
    void what_may_end_a_transaction_among_others_leaves_open_what_of_it_is_in_force(String several) {
        run(several);
        assertThat(session.known()).isTrue();
        run("set search_path to theirs");
        run("create temp table ids (id int) on commit drop; select 1");
        assertThat(session.known()).isTrue();
        run(several);
        assertThat(session.known()).isFalse();
    }

    @Test
    void tables_of_its_own_stay_where_the_statement_that_drops_them_was_refused() {
        run("create temp table ids (id int)");
        InForce before = session.inForce();
        run("discard temp");
        assertThat(session.isOwn("select id from ids")).isFalse();
        session.leftAs(before);
        assertThat(session.isOwn("select id from ids")).isTrue();
    }

    @Test
    void discard_all_begins_anew_and_reset_takes_one_back() {
        run("set role alice");
        run("set search_path to theirs");
        run("reset role/* whoever it was */");
        assertThat(session.text()).contains("theirs").doesNotContain("alice");
        run("select 1; set role mallory");
        assertThat(session.known()).isFalse();
        run("discard all");
        assertThat(session.known()).isTrue();
        assertThat(session.text()).isNull();
    }

    @Test
    void resetting_all_leaves_the_role_and_takes_the_schema() {
        run("set role alice");
        run("set timezone = 'UTC'");
        session.set("setSchema", "theirs");
        run("reset all");
        assertThat(session.inForce().settings()).containsOnlyKeys("sql role");
        run("reset role");
        assertThat(session.text()).isNull();
    }

    @Test
    void what_is_reset_is_reset_by_whatever_name_it_was_set() {
        session.set("setSchema", "theirs");
        run("set schema 'others'");
        run("reset search_path");
        assertThat(session.text()).isNull();
    }

    @Test
    void what_is_reset_may_be_what_a_routine_had_set() {
        run("select set_tenant('t1')");
        String set = session.text();
        run("reset role");
        assertThat(session.text()).contains("t1").isNotEqualTo(set);
        run("select set_tenant('t1')");
        String again = session.text();
        run("reset role");
        run("select set_tenant('t1')");
        assertThat(session.text()).isEqualTo(again);
    }

    @Test
    void what_was_reset_in_a_transaction_that_is_rolled_back_is_as_before() {
        run("set role alice");
        run("set search_path to theirs");
        session.committed();
        String before = session.text();
        run("reset all");
        run("reset role");
        assertThat(session.text()).isNull();
        session.rolledBack(true);
        assertThat(session.text()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"discard plans", "discard sequences", "discard temp"})
    void discarding_something_else_leaves_what_was_set(String sql) {
        run("set role alice");
        run(sql);
        assertThat(session.text()).contains("alice");
    }

    @Test
    void discarding_all_takes_the_schema_along() {
        session.set("setSchema", "theirs");
        run("discard all");
        assertThat(session.text()).isNull();
    }

    @Test
    void most_databases_leave_what_a_transaction_set_when_it_is_rolled_back() {
        SessionSettings mysql = SessionSettings.of("jdbc:mysql://h/d");
        mysql.heard("set local sql_mode = ''");
        mysql.committed();
        assertThat(mysql.text()).contains("sql_mode");
        for (int i = 0; i < 3; i++) {
            mysql.heard("use t" + i);
            mysql.rolledBack(true);
            assertThat(mysql.known()).isTrue();
            assertThat(mysql.text()).contains("use t" + i).doesNotContain("use t" + (i - 1));
        }
        mysql.heard("use t1");
        SessionSettings other = SessionSettings.of("jdbc:mysql://h/d");
        other.heard("set local sql_mode = ''");
        other.heard("use t1");
        assertThat(mysql.text()).isEqualTo(other.text());
    }

    private void run(String sql, @Nullable Object... parameters) {
        if (Concerning.session(sql)) {
            session.note(sql, sql.contains("?") && parameters.length == 0 ? null : list(parameters));
        }
    }

    private static List<@Nullable Object> list(@Nullable Object... parameters) {
        return Arrays.asList(parameters);
    }
}
