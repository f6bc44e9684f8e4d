package dev.resilience.rule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFunctionsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select count(*), max(age) from staff where lower(name) like upper(?) and id in (1, 2)",
                "select coalesce(name, 'take()'), cast(a as numeric(10,2)), b::varchar(20) from staff -- take()",
                "select now(), current_timestamp(3), date_trunc('day', at), to_char(at, 'YYYY') from staff",
                "select row_number() over (partition by team order by id), sum(a) filter (where b > 0) from staff",
                "with asked(id, name) as (select id, name from staff), others (id) as (select 1) select * from asked",
                "with recursive below(id) as (select 1 union all (select id + 1 from below)) select * from below",
                "select * from unnest(?, ?) as asked(id, name) join staff using (id)",
                "select * from generate_series(1, 5) day(n), (values (1), (2)) v(x)",
                "select * from (select id from staff) s (id) where exists (select 1 from team) or not (a = any(?))",
                "select a.id from a, b where a.id = b.id (+) and b.name(+) = 'x'",
                "select jsonb_build_object('a', s.a), s.doc->>'b', json_arrayagg(s.c) from staff s",
                "select pg_catalog.format_type(t.oid, null), \"count\"(*), `lower`(x) from pg_type t",
                "select pg_catalog.lower(a), \"pg_catalog\" . upper (b), db.pg_catalog.btrim(c) from t --lower it",
                "select top (10) name from staff with (nolock) option (recompile)",
                "select listagg(name, ',') within group (order by name), extract(year from at) from staff",
                "select s.name from staff s use index (by_name) where match(name) against (? in boolean mode)",
                "select distinct on (team) name from staff order by team, (age)",
                "select array[(1), (2)], interval '1 day', st_distance(a, b), $1::decimal (3, 1) from staff",
                "select [name], [t].[n] from openjson(?) with (a int) as [t]([n])",
                "{ts '2025-01-01'}",
                "select st_asmvt(a), st_dwithin(a, b, 5), st_x(a), st_distance_sphere(a, b), st_aswkb(a), st_3ddistance(a, b) from t",
                "select jsonb_path_query_first(a, b), json_unquote(json_extract(a, '$')), json_modify(a, b, 1) from t",
                "select regexp_split_to_table(a, b), regr_slope(a, b), approx_count_distinct(a) from t",
                "select pg_get_viewdef(a), pg_get_expr(a, b), pg_get_indexdef(a), pg_get_serial_sequence('t', 'a') from t",
                "select pg_get_replica_identity_index('t'), json_array_element(a, 0), json_array_element_text(a, 0) from t",
                "select jsonb_array_element(a, 0), jsonb_array_element_text(a, 0), json_object_field(a, 'b') from t",
                "select json_object_field_text(a, 'b'), jsonb_object_field(a, 'b'), jsonb_object_field_text(a, 'b') from t",
                "select json_append(a, '$', 1), st_getfaceedges('city', 1), st_getfacegeometry('city', 1) from t",
                "select json_extract_string(a, '$'), regexp_extract(a, b), regexp_full_match(a, b), approx_quantile(a, 0.5) from t",
                "select json_extract_scalar(a, '$'), json_parse(a), json_format(a), approx_distinct(a) from t",
                "select regexp_match_count(a, b), json_extract_array_element_text(a, 0), regexp_substr_all(a, b) from t",
                "select st_addpoint(a, b), st_removepoint(a, 0), st_removerepeatedpoints(a), st_addmeasure(a, 0, 1) from t",
                "select id from staff where active --only active (see JIRA-1)",
                "select id from staff where name like ? escape '\\' or lower(town) like ? ESCAPE '\\' order by id",
                "select id from staff where name like ? {escape '\\'}",
            })
    void those_of_the_database_itself_are_known_and_other_words_are_none(String sql) {
        assertThat(SqlFunctions.notPure(sql)).isEmpty();
        assertThat(SqlFunctions.mayWrite(sql)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select take(1)",
                "select * from take()",
                "select * from take () as (id int)",
                "select id, take(name) from staff",
                "values (take(1))",
                "select distinct on (id) take(id) from staff",
                "select distinct take(id) from staff",
                "select top (1) take(id) from staff",
                "with a as (select take(1)) select * from a",
                "with a as (select 1) select * from a, take(1)",
                "with a(b) as (select 1) select take(b) from a",
                "select * from staff where id = take/* one */(1)",
                "select app.lower(1), app.take(1)",
                "select \"app\".\"take\"(1)",
                "select [dbo].[take](1)",
                "select count(case when (take(a)) then 1 end) from staff",
                "select (select take(1)) from (values (1)) v(x)",
                "select * from table(jobs.take(1))",
                "select * from staff s cross join lateral take(s.id) t(id)",
            })
    void the_applications_own_may_do_anything(String sql) {
        assertThat(SqlFunctions.notPure(sql)).contains("take");
        assertThat(SqlFunctions.mayWrite(sql)).contains("take");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select [take!](1)",
                "select ल\u0947\u0928\u093e(1)",
                "select collect(1)",
                "select decryptbykey(a) from b"
            })
    void a_name_that_cannot_be_read_or_is_another_databases_is_the_applications_own(String sql) {
        assertThat(SqlFunctions.notPure(sql)).isNotEmpty();
        assertThat(SqlFunctions.mayWrite(sql)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select upper('O\\'Brien'), take(1), 'x'",
                "select id from staff where name like ? escape '\\'', take(1), '",
                "select 5--take(1)",
                "select 5--(1)+`take`(1)",
                "select 1 /* a /* b */ , take(1) /* */",
            })
    void what_one_dialect_hides_in_a_text_or_a_comment_another_may_call(String sql) {
        assertThat(SqlFunctions.mayWrite(sql)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select topology.st_area(1)",
                "select public.st_area(1)",
                "select dbo.lower(1)",
                "select server..lower(1)",
                "select st_addedgenewfaces('city', 1, 2, null)",
                "select st_remisonode('city', 1)",
                "select st_createoverview('tiles', 'rast', 2)",
                "select st_take(1)",
                "select json_take(1)",
                "select jsonb_take(1)",
                "select regexp_take(1)",
                "select regr_take(1)",
                "select approx_take(1)",
                "select pg_get_take(1)",
                "select save_advisory_note(1)",
                "select xpath_table('id', 'doc', 'docs', '/a', 'take() > 0')",
                "select quote(17)",
            })
    void what_is_pure_by_its_name_in_one_place_may_write_in_another(String sql) {
        assertThat(SqlFunctions.notPure(sql)).isNotEmpty();
        assertThat(SqlFunctions.mayWrite(sql)).isNotEmpty();
    }

    @Test
    void one_of_its_own_is_told_from_the_databases_by_its_schema_and_by_each_letter() {
        assertThat(SqlFunctions.notPure("select app.lower(name), sys.jobs.count(1), upper#(1) from staff"))
                .containsExactlyInAnyOrder("lower", "count", "upper#");
    }

    @ParameterizedTest
    @CsvSource({
        "gen_random_uuid()",
        "random()",
        "rand(7)",
        "uuid()",
        "newid()",
        "sys_guid()",
        "txid_current()",
        "pg_backend_pid()",
        "connection_id()",
        "last_insert_id()",
        "row_count()",
        "found_rows()",
        "get_lock('a')",
        "sleep(1)",
        "pg_sleep(1)",
        "pg_notify('a')",
        "nextval('s')",
        "pg_try_advisory_lock(7)",
        "user()",
        "session_user()",
        "system_user()",
        "host_name()",
        "pg_my_temp_schema()",
        "encrypt('a')",
        "openxml(7)",
        "st_generatepoints('a')"
    })
    void what_says_something_else_each_time_writes_nothing_all_the_same(String call) {
        assertThat(SqlFunctions.notPure("select " + call)).hasSize(1);
        assertThat(SqlFunctions.mayWrite("select " + call)).isEmpty();
    }

    @Test
    void a_pattern_names_those_that_it_writes_with_a_bracket() {
        assertThat(SqlFunctions.named("select * from Staff_Of(*) s where app.full_name(* and name*"))
                .containsExactlyInAnyOrder("staff_of", "full_name");
        assertThat(SqlFunctions.named("select *_of(*")).doesNotContain("staff_of");
        assertThat(SqlFunctions.named("select * from staff_of*")).isEmpty();
    }
}
