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
        assertThat(Origin.of(DRIVER, url + "a", null).shown())
                .contains("token=***")
                .isEqualTo(Origin.of(DRIVER, url + "a", null).shown())
                .isNotEqualTo(Origin.of(DRIVER, url + "b", null).shown());
        String secret = URL + "?user=shop&password=";
        assertThat(Origin.of(DRIVER, secret + "1", null).shown())
                .isEqualTo(Origin.of(DRIVER, secret + "2", null).shown());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:h2:mem:shop;INIT=CREATE USER x PASSWORD 's3%''cret' ADMIN;MODE=MySQL",
                "jdbc:other:shop?initsql=alter%20user%20x%20identified%20by%20%27s3%41cret%27%20admin&mode=MySQL"
            })
    void a_script_in_the_address_shows_no_password(String url) {
        assertThat(Origin.of(DRIVER, url, null).shown())
                .startsWith(url.substring(0, url.indexOf("s3") - (url.contains("'s3") ? 1 : 3)) + "'***")
                .containsIgnoringCase("admin")
                .doesNotContain("cret");
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
