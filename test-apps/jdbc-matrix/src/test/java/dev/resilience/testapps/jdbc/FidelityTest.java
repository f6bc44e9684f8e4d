package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.regex.Pattern;
import org.h2.util.DateTimeUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables of all types that a database has, read by every method of the interfaces: by the driver alone, by the driver while its
 * rows are taken down, and from the stored rows. A row of ordinary values, one of nulls, one of extremes.
 */
class FidelityTest {

    private static final Circuit CIRCUIT = new Circuit("fidelity");

    /** Far from UTC and from the server's zone, with a summer time. */
    private static final String ZONE = "America/St_Johns";

    private static final String RULED = "fidelity";
    private static final String UNRULED = "unruled";

    private static final TimeZone BEFORE = TimeZone.getDefault();

    /** Some drivers describe columns that there are not. */
    private static final Pattern NO_COLUMN = Pattern.compile("^none ");

    /** PostgreSQL's driver runs a query to tell these. */
    private static final Pattern NO_COLUMN_OR_QUERIED =
            Pattern.compile("^none |(isAutoIncrement|isNullable|getTableName|getSchemaName)$");

    /** Nothing can be written in a stored result, and it stays closed. */
    private static final Pattern OTHER_CURSOR = Pattern.compile(
            "(row(Deleted|Inserted|Updated)|(cancelRow|update)\\w*|(delete|insert|refresh)Row|moveTo\\w+"
                    + "|getCursorName|getFetchDirection|getHoldability|wasNull|clearWarnings|getConcurrency|getType)$"
                    + "|^closed, (next|get\\w+)$");

    private static final Pattern XML = Pattern.compile("SQLXML");
    private static final Pattern XML_COLUMN = Pattern.compile(" xml get");
    private static final Pattern ARRAY = Pattern.compile("getArray|Array(,|$)");
    private static final Pattern ARRAY_COLUMN = Pattern.compile("( _\\w+| ARRAY) get");
    private static final Pattern BYTES =
            Pattern.compile("getBytes|getBlob|getBinaryStream|byte\\[\\]|Blob|InputStream");
    private static final Pattern BYTES_COLUMN =
            Pattern.compile("(^| )(bytea|\\w*BLOB|\\w*BINARY|BINARY VARYING|BINARY LARGE OBJECT) get");

    /** Before 1900 zones had other offsets, and before 1582 the calendars differ: drivers disagree with each other. */
    private static final String OLD_DAYS =
            "^row 3 \\w+ (date|timestamp|DATE|DATETIME|TIMESTAMP) .*(Calendar|Date|Timestamp|OffsetTime|getObject( by label)?$)";

    private static final Map<String, String> KNOWN = Map.of(
            "postgresql",
            "money getBigDecimal|_date getDate|row 3 .* getByte|row 4 q timestamp",
            "h2",
            "TIME (WITH TIME ZONE )?get(Object|Timestamp)|ZONE (getObject( by label)? OffsetTime|getTime.* and Calendar)"
                    + "|ZonedDateTime|ENUM.* get|(BINARY|VARYING|LARGE OBJECT) (getObject|get(Int|Short|Long|Byte|Boolean))"
                    + "|row 4 G REAL|(\\)|BOOLEAN|PRECISION) ARRAY getObject.* Integer",
            "mysql",
            "BIT getBigDecimal|UUID|row 4 m TEXT|row 4 s TIME|TIME getDate.* and Calendar|(CHAR|TEXT) get(Object.* )?(Byte|Boolean)"
                    + "|(BINARY|BLOB) get(CharacterStream|NCharacterStream|Clob|Object.* Clob|NClob)|YEAR get(Object.* )?Boolean",
            "mariadb",
            "(BIT|BINARY|BLOB) get(Object.* )?(Byte|Boolean|N?Clob|N?CharacterStream|AsciiStream)|YEAR get(Object.* )?Boolean"
                    + "|YEAR getDate.* and Calendar|row 1 ab CHAR|row 3 (l VARCHAR|aa uuid|ab CHAR)|row 4 (s TIME|m TEXT)",
            "sqlite",
            "get(Date|Time|Timestamp)|(Date|Time|Timestamp|Local\\w+)$|BLOB get|row [23] .*Boolean|row 3 k TIMESTAMP"
                    + "|row 3 [de] \\w+ get\\w*Stream|row 3 [de] \\w+ get(Object.* )?N?Clob|row 3 c REAL"
                    + "|(TEXT|VARCHAR|DATE|TIMESTAMP|row 3 \\w \\w+) get(Object.* )?(Boolean|Byte|Short|Int|Integer|Long|Float|Double)");

    @TempDir
    static Path directory;

    @BeforeAll
    static void elsewhere() {
        TimeZone.setDefault(TimeZone.getTimeZone(ZONE));
        // H2 remembers the zone that it first met in this JVM.
        DateTimeUtils.resetCalendar();
    }

    @AfterAll
    static void back() {
        TimeZone.setDefault(BEFORE);
        DateTimeUtils.resetCalendar();
    }

    @BeforeEach
    @AfterEach
    void closed() {
        CIRCUIT.reset();
    }

    @Test
    void postgresql() throws Exception {
        String url =
                "jdbc:postgresql://localhost:" + PostgresServer.port() + "/postgres?user=postgres&ApplicationName=NAME";
        same(
                url,
                """
                create type mood as enum ('sad', 'happy');
                create type pair as (a int, b text);
                create domain brief as varchar(5);
                create table kinds(id int primary key default 2, a int2, b int4 not null, c int8, d numeric(10,2), e numeric, f float4,
                    g float8, h bool, i text, j varchar(20), k char(5), l bytea, m uuid, n date, o time, p timetz, q timestamp,
                    r timestamptz, s interval, t json, u jsonb, v xml, w inet, x cidr, y macaddr, z point, aa box, ab bit(1),
                    ac bit(8), ad varbit(5), ae money, af int4[], ag text[], ah numeric[], ai timestamp[], aj bool[], ak uuid[],
                    al int4[][], am mood, an pair, ao brief, ap tsvector, aq int4range, ar oid, as_ name, at_ "char", au float8[],
                    av date[], aw int8[], ax int2[], ay bytea[], az jsonb[], ba timestamptz[]);
                insert into kinds values (1, 1, 2, 3, 4.50, 1234567890.0123456789, 1.5, 2.25, true, 'text', '12', 'c', '\\xcafe00',
                    '4f2d7f3a-1c58-4a8a-9a0e-0123456789ab', '2024-02-29', '09:05:00', '09:05:00+02', '2024-01-31 09:05:00',
                    '2024-01-31 09:05:00+02', '1 day 02:00:00.5', '{"a": 1}', '{"a": 1}', '<a>b</a>', '10.0.0.1', '10.0.0.0/8',
                    '08:00:2b:01:02:03', '(1,2)', '(1,2),(3,4)', '1', '10101010', '101', 12.5, '{1,2,null}', '{x,"y,z",null}',
                    '{1.50,2}', '{2024-01-31 09:05:00}', '{t,f}', '{4f2d7f3a-1c58-4a8a-9a0e-0123456789ab}', '{{1,2},{3,4}}',
                    'happy', '(1,x)', 'brief', 'a fat cat', '[1,5)', 17, 'name', 'c', '{1.5,NaN}', '{2024-02-29}',
                    '{9223372036854775807}', '{1,2}', '{"\\\\xcafe"}', '{"{\\"a\\": 1}"}', '{2024-01-31 09:05:00+02}');
                insert into kinds(b) values (0);
                insert into kinds values (3, -32768, -2147483648, -9223372036854775808, -99999999.99, 0, '-0.0',
                    1.7976931348623157e308, false, '', ' 7 ', '', '', '00000000-0000-0000-0000-000000000000', '1582-10-14',
                    '23:59:59.999999', '00:00:00-12', '1500-02-28 23:59:59.999999', '2024-11-03 05:30:00.123456+00', '-1 mon',
                    'null', '[]', '<?xml version="1.0"?><e/>', '::1', '::/0', 'ff:ff:ff:ff:ff:ff', '(0,0)', '(0,0),(0,0)', '0',
                    '00000000', '', -0.01, '{}', '{}', '{}', '{}', '{}', '{}', '{}', 'sad', '(,)', '', '', 'empty', 0, '', '', '{}',
                    '{}', '{}', '{}', '{}', '{}', '{}');
                insert into kinds(id, b, e, f, g, i, j, n, q, r, d) values (4, 1, 'NaN', 'NaN', '-Infinity', 'true', 'f', 'infinity',
                    '-infinity', 'infinity', 17.5);
                """,
                "drop table if exists kinds; drop type if exists mood; drop type if exists pair; drop domain if exists brief");
    }

    @Test
    void h2() throws Exception {
        same("jdbc:h2:mem:NAME;DB_CLOSE_DELAY=-1", """
                create table kinds(id int generated by default as identity primary key, a tinyint, b smallint not null, c int,
                    d bigint, e numeric(10,2), f decfloat(20), g real, h double precision, i boolean, j char(5), k varchar(20),
                    l varchar_ignorecase(10), m clob, n binary(4), o varbinary(10), p blob, q date, r time(3),
                    s time(3) with time zone, t timestamp(6), u timestamp(6) with time zone, w uuid, x json,
                    y enum('sad', 'happy'), aa int array, ab varchar(10) array, ac numeric(5,2) array, ad boolean array,
                    ae int array array, af date array, ag double precision array);
                insert into kinds values (default, 1, 2, 3, 4, 4.50, 1.50, 1.5, 2.25, true, 'c', '12', 'Text', 'large', x'cafe0001',
                    x'cafe', x'cafe', '2024-02-29', '09:05:00', '09:05:00+02', '2024-01-31 09:05:00', '2024-01-31 09:05:00+02',
                    '4f2d7f3a-1c58-4a8a-9a0e-0123456789ab', json '{"a":1}', 'happy', array[1, 2, null], array['x', null],
                    array[1.50, 2], array[true, false], array[array[1], array[2, 3]], array[date '2024-02-29'], array[1.5]);
                insert into kinds(b) values (0);
                insert into kinds values (default, -128, -32768, -2147483648, -9223372036854775808, -99999999.99, 0, '-0.0',
                    1.7976931348623157e308, false, '', ' 7 ', '', '', x'00000000', x'', x'', '1582-10-14', '23:59:59.999',
                    '00:00:00-12', '1500-02-28 23:59:59.999999', '2024-11-03 05:30:00.123456+00',
                    '00000000-0000-0000-0000-000000000000', json 'null', 'sad', array[], array[], array[], array[], array[],
                    array[], array[]);
                insert into kinds(b, k, l, m, g, h, d) values (1, 'true', 'f', '2.50', 'NaN', '-Infinity', 2147483648);
                """, "drop table if exists kinds");
    }

    @Test
    void mariadb_by_its_own_driver() throws Exception {
        assumeTrue(MariaDbServer.installed(), "no mariadb-server-core on this machine");
        mariadb("jdbc:mariadb://127.0.0.1:" + MariaDbServer.port() + "/test?user=root&x=NAME");
    }

    @Test
    void mariadb_by_mysqls_driver() throws Exception {
        assumeTrue(MariaDbServer.installed(), "no mariadb-server-core on this machine");
        mariadb("jdbc:mysql://127.0.0.1:" + MariaDbServer.port() + "/test?user=root&sslMode=DISABLED&x=NAME");
    }

    private static void mariadb(String url) throws Exception {
        same(url, """
                create table kinds(id int auto_increment primary key, a tinyint, a1 tinyint(1), b smallint not null,
                    b1 smallint unsigned, c mediumint, d int, d1 int unsigned, e bigint, e1 bigint unsigned, f decimal(10,2), g float,
                    h double, i bit(1), j bit(12), k char(5), l varchar(20), m text, n mediumtext, o binary(4), p varbinary(10),
                    q blob, r date, s time(3), t datetime, u datetime(6), v timestamp(3) null, w year, x enum('sad', 'happy'),
                    y set('a', 'b'), z json, aa uuid, ab inet6, ac varchar(9) character set latin1, ad tinytext, ae longblob);
                insert into kinds values (default, 1, 1, 2, 3, 4, 5, 6, 7, 8, 4.50, 1.5, 2.25, 1, 2049, 'c', '12', 'text', 'medium',
                    x'cafe0001', x'cafe', x'cafe', '2024-02-29', '09:05:00', '2024-01-31 09:05:00', '2024-01-31 09:05:00.123456',
                    '2024-01-31 09:05:00.5', 2024, 'happy', 'a,b', '{"a": 1}', '4f2d7f3a-1c58-4a8a-9a0e-0123456789ab', '::1',
                    'latin', 'tiny', x'00');
                insert into kinds(b) values (0);
                insert into kinds values (default, -128, 0, -32768, 65535, -8388608, -2147483648, 4294967295, -9223372036854775808,
                    18446744073709551615, -99999999.99, -0.0, 1.7976931348623157e308, 0, 0, '', ' 7 ', '', '', x'00000000', x'',
                    x'', '1582-10-14', '23:59:59.999', '1500-02-28 23:59:59', '2024-11-03 01:30:00.999999',
                    '2024-11-03 02:30:00.001', 1901, 'sad', '', '[]', '00000000-0000-0000-0000-000000000000', '::', '', '', x'');
                insert into kinds(b, l, m, e, s, a1) values (1, 'true', '2.50', 2147483648, '100:00:00', 7);
                """, "drop table if exists kinds");
    }

    @Test
    void sqlite() throws Exception {
        same("jdbc:sqlite:" + directory.resolve("NAME.db"), """
                create table kinds(id integer primary key autoincrement, a int, b bigint not null, c real, d double, e decimal(10,2),
                    f boolean, g text, h varchar(20), i blob, j date, k timestamp);
                insert into kinds values (null, 1, 2, 1.5, 2.25, 4.5, 1, 'text', '12', x'cafe', '2024-02-29', '2024-01-31 09:05:00.000');
                insert into kinds(b) values (0);
                insert into kinds values (null, -2147483648, -9223372036854775808, -0.0, 1.7976931348623157e308, -99999999.99, 0, '',
                    ' 7 ', x'', '1582-10-14', '1500-02-28 23:59:59.999');
                """, "drop table if exists kinds");
    }

    private static void same(String url, String create, String drop) throws Exception {
        for (String name : List.of(UNRULED, RULED)) {
            try (Connection connection = connect(url, name);
                    Statement statement = connection.createStatement()) {
                run(statement, drop);
                run(statement, create);
            }
        }
        sameRows(url);
        if (!url.startsWith("jdbc:sqlite:")) {
            sameCursor(url, "select id, j as name from kinds order by id");
            sameCursor(url, "select id, j as name from kinds where id < 0");
        }
    }

    private static void sameRows(String url) throws SQLException {
        String sql = "select * from kinds order by id";
        Map<String, String> alone;
        try (Connection connection = connect(url, UNRULED);
                PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            alone = EveryGetter.ofRows(rows);
        }
        try (Connection connection = connect(url, RULED);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            Map<String, String> columns;
            try (ResultSet rows = statement.executeQuery()) {
                columns = EveryGetter.ofColumns(rows.getMetaData());
                assertThat(EveryGetter.ofRows(rows))
                        .as(url + " while taken down")
                        .isEqualTo(alone);
            }
            open();
            try (ResultSet rows = statement.executeQuery()) {
                assertThat((Throwable) rows.getWarnings()).isNotNull();
                Pattern untold = url.startsWith("jdbc:postgresql:") ? NO_COLUMN_OR_QUERIED : NO_COLUMN;
                assertThat(differences(columns, EveryGetter.ofColumns(rows.getMetaData()), untold))
                        .as(url)
                        .isEmpty();
                assertThat(differences(alone, EveryGetter.ofRows(rows), known(url)))
                        .as(url + ": " + alone.size() + " answers")
                        .isEmpty();
            }
        }
    }

    private static void sameCursor(String url, String sql) throws Exception {
        CIRCUIT.reset();
        try (Connection connection = connect(url, RULED);
                Statement statement = scrolled(connection)) {
            Map<String, String> alone;
            try (Connection unruled = connect(url, UNRULED);
                    Statement other = scrolled(unruled)) {
                alone = EveryGetter.ofCursor(other.executeQuery(sql));
            }
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    // To the end, so that it is kept.
                }
            }
            open();
            Map<String, String> stored = EveryGetter.ofCursor(statement.executeQuery(sql));
            List<String> differences = new ArrayList<>(differences(alone, stored, OTHER_CURSOR));
            // Where a driver throws for a mistake, the stored result throws the same.
            alone.forEach((asked, answer) -> {
                if (answer.startsWith(EveryGetter.THROWN)
                        && !OTHER_CURSOR.matcher(asked).find()
                        && !answer.equals(stored.get(asked))) {
                    differences.add(asked + ": " + answer + " -> " + stored.get(asked));
                }
            });
            assertThat(differences).as(url).isEmpty();
        }
    }

    private static Statement scrolled(Connection connection) throws SQLException {
        return connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
    }

    /** What a driver refuses, a stored row may give. */
    private static List<String> differences(Map<String, String> own, Map<String, String> stored, Pattern known) {
        List<String> differences = new ArrayList<>();
        own.forEach((asked, answer) -> {
            boolean refused = answer.startsWith(EveryGetter.THROWN);
            if (!refused
                    && !answer.equals(stored.get(asked))
                    && !isBeyondJdbc(asked)
                    && !known.matcher(asked.replace(", was null", "")).find()) {
                differences.add(asked + ": " + answer + " -> " + stored.get(asked));
            }
        });
        return differences;
    }

    /** What JDBC's table of conversions has not: XML, arrays and bytes of columns that hold none. */
    private static boolean isBeyondJdbc(String asked) {
        return (XML.matcher(asked).find() && !XML_COLUMN.matcher(asked).find())
                || (ARRAY.matcher(asked).find() && !ARRAY_COLUMN.matcher(asked).find())
                || (BYTES.matcher(asked).find() && !BYTES_COLUMN.matcher(asked).find());
    }

    private static Pattern known(String url) {
        return Pattern.compile(OLD_DAYS + "|" + KNOWN.get(url.split(":")[1]));
    }

    private static Connection connect(String url, String name) throws SQLException {
        return DriverManager.getConnection(url.replace("NAME", name));
    }

    private static void run(Statement statement, String script) throws SQLException {
        for (String sql : script.split(";\\s*\\n|;\\s*$|; (?=drop)")) {
            statement.execute(sql);
        }
    }

    /** No circuit is open by itself while the database is well: connections that nobody answers do it. */
    private static void open() {
        for (int i = 0; i < 200 && !CIRCUIT.state().equals("OPEN"); i++) {
            try {
                DriverManager.getConnection("jdbc:postgresql://localhost:1/fidelity?user=x")
                        .close();
            } catch (SQLException refused) {
                // As wanted.
            }
        }
        assertThat(CIRCUIT.state()).isEqualTo("OPEN");
    }
}
