package dev.resilience.fallback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShownBodyTest {

    @Test
    void xml_hides_secret_elements_and_attributes_with_all_that_is_in_them() {
        assertThat(shown("<login><user>ann</user><password>s3cret</password></login>"))
                .isEqualTo("<login><user>ann</user><password>***</password></login>");
        assertThat(shown("<a><w:Password Type=\"text\"><![CDATA[s3<cret]]></w:Password><b day='1'/></a>"))
                .isEqualTo("<a><w:Password Type=\"***\">***</w:Password><b day='1'/></a>");
        assertThat(shown("<credentials><id>s3cret</id></credentials><n>1</n>"))
                .isEqualTo("<credentials>***</credentials><n>1</n>");
        assertThat(shown("<login user=\"ann\" password = 's3cret' day=\"1\"/>"))
                .isEqualTo("<login user=\"ann\" password = \"***\" day=\"1\"/>");
        assertThat(shown("<password value=\"s3cret\"/><add key=\"DbPassword\" value='s3cret'/>"))
                .doesNotContain("s3cret");
        assertThat(shown("<?xml version=\"1.0\"?><x><token>s3cret and the rest was cut"))
                .doesNotContain("s3cret")
                .startsWith("<?xml version=\"1.0\"?><x><token>***");
    }

    @Test
    void a_multipart_form_hides_its_secret_parts() {
        String form = "--b1\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nann\r\n"
                + "--b1\r\nContent-Disposition: form-data; name=\"password\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n"
                + "--b1\r\nContent-Disposition: form-data; name=\"day\"\r\n\r\n1\r\n--b1--\r\n";
        assertThat(shown(form.formatted("s3cret\r\ns3cret = 1"))).isEqualTo(form.formatted("***"));
    }

    @Test
    void json_hides_whole_values_and_stays_json() {
        assertThat(shown("{\"token\":[\"s3cret\",{\"x\":\"]\"}],\"a\":1}")).isEqualTo("{\"token\":\"***\",\"a\":1}");
        assertThat(shown("{\"auth\" : {\"user\":\"s3cret\",\"n\":[1,2]}, \"a\":[1]}"))
                .isEqualTo("{\"auth\" : \"***\", \"a\":[1]}");
        assertThat(shown("[{\"key\":null},{\"a\":true}]")).isEqualTo("[{\"key\":\"***\"},{\"a\":true}]");
        assertThat(shown("{\"secret\":{\"cut\":\"s3cret")).isEqualTo("{\"secret\":\"***\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<key", "\"key", "\"key\":[", "<key>", "name=\"key\"\r\n", "key=\"", "&key", "<key a='"})
    void what_is_made_to_be_slow_is_shown_soon(String piece) {
        assertThat(shown(piece.repeat(200_000 / piece.length()))).hasSizeLessThan(20_000);
    }

    @Test
    void a_form_hides_its_secret_fields_also_line_by_line() {
        assertThat(shown("user=ann&password=s3cret&day=1")).isEqualTo("user=ann&password=***&day=1");
        assertThat(shown("user=ann\npassword=s3cret\nday=1")).isEqualTo("user=ann\npassword=***\nday=1");
    }

    private static String shown(String body) {
        return ShownBody.of(body.getBytes(UTF_8));
    }
}
