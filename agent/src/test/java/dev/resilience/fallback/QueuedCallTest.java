package dev.resilience.fallback;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueuedCallTest {

    @Test
    void what_a_later_version_wrote_behind_it_survives_all_that_happens_to_a_call() {
        byte[] ours = call().toBytes();
        byte[] theirs = Arrays.copyOf(ours, ours.length + 4);
        theirs[ours.length] = 7;
        theirs[ours.length + 1] = (byte) 0xFF;
        QueuedCall read = QueuedCall.read(theirs);
        assertThat(read).isNotNull();
        assertThat(read.toBytes()).isEqualTo(theirs);
        QueuedCall later =
                read.attempted(1, "one", "status 503").flagged(2, "one", "why").requeued(3, "ann", 9);
        assertThat(later.toBytes()).endsWith(7, 0xFF, 0, 0);
        QueuedCall back = QueuedCall.read(later.toBytes());
        assertThat(back).isNotNull();
        assertThat(back.history()).hasSize(3);
        assertThat(back.idempotencyKey()).isEqualTo("key");
    }

    @Test
    void one_of_another_format_or_cut_short_is_left_alone() {
        byte[] ours = call().toBytes();
        byte[] other = ours.clone();
        other[1]++;
        assertThat(QueuedCall.read(other)).isNull();
        for (int length = 0; length < ours.length; length++) {
            assertThat(QueuedCall.read(Arrays.copyOf(ours, length))).isNull();
        }
    }

    @Test
    void names_of_one_moment_and_of_a_clock_that_is_set_back_sort_as_they_were_given() {
        List<String> names = new ArrayList<>();
        long now = System.currentTimeMillis();
        for (int i = 0; i < 100_000; i++) {
            names.add(QueuedCall.newId("calcom", i % 2 == 0 ? now : now - 60_000));
        }
        assertThat(names).isSorted().doesNotHaveDuplicates();
        assertThat(QueuedCall.serviceOf(names.get(0))).isEqualTo("calcom");
    }

    @Test
    void a_name_sorts_behind_one_that_a_clock_ahead_gave_and_nonsense_changes_nothing() {
        long now = System.currentTimeMillis();
        String ahead = "calcom.0" + Long.toString(now + 1_200_000, 36) + "-00bx";
        QueuedCall.nextAfter(ahead, now);
        assertThat(QueuedCall.newId("calcom", now)).isGreaterThan(ahead);
        String last = QueuedCall.newId("calcom", now);
        for (String nonsense :
                List.of("garbage", "calcom.", "calcom.zzzzzzzzz-zzzx", "calcom.-00000000-00a", "x.!!!!!!!!!-000")) {
            QueuedCall.nextAfter(nonsense, now);
        }
        String next = QueuedCall.newId("calcom", now);
        assertThat(next.substring(0, 14)).isEqualTo(last.substring(0, 14));
        assertThat(next).isGreaterThan(last);
    }

    private static QueuedCall call() {
        return new QueuedCall(
                QueuedCall.newId("calcom", 1),
                "calcom",
                "create_booking",
                new QueuedCall.Http(
                        "POST",
                        URI.create("https://api.cal.com/v1/bookings"),
                        List.of(new Answer.Header("Accept", "*/*")),
                        new byte[] {1, 2, 3}),
                new QueuedCall.Terms(8, 1_000, 300_000),
                "order",
                1,
                2,
                "key",
                null,
                null,
                0,
                List.of());
    }
}
