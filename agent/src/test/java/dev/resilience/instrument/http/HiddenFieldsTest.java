package dev.resilience.instrument.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class HiddenFieldsTest {

    private static class Ancestor {
        @SuppressWarnings("UnusedVariable") // read by name
        private final String told = "nobody";
    }

    private static final class Heir extends Ancestor {
        @SuppressWarnings("UnusedVariable") // as above
        private static final String SHARED = "everybody";
    }

    @Test
    void reads_what_any_ancestor_declares_and_nothing_else() throws Exception {
        assertThat(HiddenFields.value(new Heir(), "told")).isEqualTo("nobody");
        assertThat(HiddenFields.value(new Heir(), "SHARED")).isNull();
        assertThat(HiddenFields.value(new Heir(), "missing")).isNull();
        assertThat(HiddenFields.value(new Heir(), "missing")).isNull();
    }

    @Test
    void to_read_again_copies_no_fields() throws Exception {
        Heir heir = new Heir();
        for (int i = 0; i < 20_000; i++) {
            HiddenFields.value(heir, "told");
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            HiddenFields.value(heir, "told");
        }
        assertThat((threads.getCurrentThreadAllocatedBytes() - before) / 1_000).isLessThan(32);
    }
}
