package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Driver;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginTest {

    private static final String URL = "jdbc:postgresql://localhost/shop";

    private static final Driver DRIVER = new LostWhileBeginningTest.LosingDriver();

    @Test
    void no_setting_shows_the_secrets_in_it() {
        assertThat(shown("INIT", "CREATE USER x PASSWORD 's3cret'"))
                .contains("init")
                .doesNotContain("s3cret");
        assertThat(shown("sessionVariables", "@key='s3cret'"))
                .startsWith(URL + "?settings=sessionvariables:")
                .doesNotContain("s3cret");
    }

    /** Masked, both would be the same up to the next separator. */
    @Test
    void tenants_are_told_apart_by_what_stands_behind_a_secret() {
        assertThat(shown("options", "-c app.token=x -c search_path=a"))
                .isEqualTo(shown("options", "-c app.token=x -c search_path=a"))
                .isNotEqualTo(shown("options", "-c app.token=x -c search_path=b"));
    }

    @Test
    void nor_are_they_one_when_all_of_it_stands_in_the_address() {
        String url = URL + "?options=-c%20app.token=x%20-c%20search_path=";
        assertThat(shown(url + "a"))
                .contains("options=***")
                .isEqualTo(shown(url + "a"))
                .isNotEqualTo(shown(url + "b"));
        String script = "jdbc:h2:mem:shop;INIT=SET @key='x'\\;SET SCHEMA ";
        assertThat(shown(script + "A;MODE=MySQL"))
                .endsWith("MODE=MySQL;settings=init:"
                        + shown(script + "A;MODE=MySQL").replaceAll(".*:", ""))
                .isNotEqualTo(shown(script + "B;MODE=MySQL"));
        String secret = URL + "?user=shop&password=";
        assertThat(shown(secret + "1")).isEqualTo(shown(secret + "2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:redshift:iam://c:us/dev?AccessKeyID=A1&SecretAccessKey=s3cret",
                "jdbc:other://db/?x=1&api_key=A1",
                "jdbc:other://db/?api-key=A1;x",
                "jdbc:other://db;access_key=A1;x=1",
                "jdbc:other://db/?client_key=A1",
                "jdbc:other:db;Key=A1",
                "jdbc:other://(host=db,apiKey=A1,password=s3cret)/shop"
            })
    void nor_are_those_who_come_with_keys_of_their_own(String url) {
        assertThat(shown(url))
                .doesNotContain("A1", "s3cret")
                .isEqualTo(shown(url.replace("s3cret", "changed")))
                .isNotEqualTo(shown(url.replace("A1", "B2")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"AccessKeyID", "api_key", "clientKey", "key"})
    void or_are_told_them_beside_the_address(String name) {
        assertThat(shown(name, "A1")).doesNotContain("A1").isNotEqualTo(shown(name, "B2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SecretAccessKey",
                "clientKeyPassword",
                "access_key_secret",
                "sig",
                "signature",
                "passcode",
                "pvtkey"
            })
    void what_proves_who_asks_may_change(String name) {
        String url = URL + "?" + name + "=";
        assertThat(shown(url + "1")).isEqualTo(shown(url + "2"));
        assertThat(shown(name, "1")).isEqualTo(shown(name, "2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:mysql://db/shop?sessionVariables=@key='s3cret,s3cret'&useSSL=false",
                "jdbc:mysql://db/shop?sessionVariables=@@sql_mode='ANSI',%40key%3D%27s3cret%27&useSSL=false",
                "jdbc:mysql://db/shop?password=a;s3cret&useSSL=false",
                "jdbc:mysql://(host=db,user=shop,password=s3cret)/shop?useSSL=false",
                "jdbc:postgresql://db/shop?options=-c%20app.key=s3cret&useSSL=false",
                "jdbc:postgresql://db/shop?password=a,s3cret&useSSL=false",
                "jdbc:h2:mem:shop;INIT=SET @key='x'\\;CALL ENTER('s3cret');useSSL=false",
                "jdbc:h2:mem:shop;INIT=CREATE USER x PASSWORD 's3%''cret' ADMIN;useSSL=false",
                "jdbc:other:shop?initsql=alter%20user%20x%20identified%20by%20%27s3cret%27%20admin&useSSL=false",
                "jdbc:sqlserver://db;password={a;s3}}cret};useSSL=false",
                "jdbc:sqlserver://db;password=a&s3cret;useSSL=false",
                "jdbc:sqlite:shop.db?cipher=sqlcipher&hexkey=s3cret&useSSL=false",
                "jdbc:snowflake://db/?passcode=s3cret&useSSL=false",
                "jdbc:other://db/?api_key=s3cret&useSSL=false"
            })
    void an_address_shows_no_secret(String url) {
        assertThat(shown(url)).contains("useSSL=false").doesNotContain("s3").doesNotContain("cret;", "cret}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:mysql://db/shop?sessionVariables=sql_mode='ANSI',@@time_zone='+00:00'",
                "jdbc:postgresql://db/shop?options=-c%20search_path=a&sslkey=/etc/client.key",
                "jdbc:h2:mem:shop;INIT=SET SCHEMA A;MODE=MySQL",
                "jdbc:sqlserver://db;databaseName=shop;encrypt=true"
            })
    void and_all_that_is_none(String url) {
        assertThat(shown(url)).isEqualTo(url);
    }

    private static String shown(String url) {
        return Origin.of(DRIVER, url, null).shown();
    }

    /** As pgjdbc, SQL Server's driver and Oracle's are told it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PGHOST",
                "PGPORT",
                "PGDBNAME",
                "service",
                "serverName",
                "instanceName",
                "portNumber",
                "databaseName",
                "cloudSqlInstance",
                "localSocket",
                "socketFactoryArg",
                "oracle.net.tns_admin"
            })
    void servers_are_told_apart_that_are_named_beside_the_address(String setting) {
        assertThat(shown(setting, "1")).isNotEqualTo(shown(setting, "2"));
    }

    @Test
    void and_an_address_without_settings_is_shown_as_it_is() {
        assertThat(shown("ApplicationName", "shop")).isEqualTo(URL);
    }

    private static String shown(String name, String value) {
        Properties properties = new Properties();
        properties.setProperty(name, value);
        return Origin.of(DRIVER, URL, properties).shown();
    }
}
