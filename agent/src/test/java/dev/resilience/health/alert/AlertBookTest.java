package dev.resilience.health.alert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.alert.Finding.Kind;
import dev.resilience.health.alert.Finding.Severity;
import dev.resilience.health.alert.Notice.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlertBookTest {

    private static final Duration REPEAT = Duration.ofHours(4);
    private static final Finding DOWN =
            new Finding(Kind.SERVICE_DOWN, "calcom", Severity.CRITICAL, "it is down", 130_000, 120_000);

    private final List<Event> told = new ArrayList<>();
    private AlertBook book = new AlertBook();
    private long now = 1_760_000_000_000L;

    @Test
    void a_finding_is_told_once_and_once_more_when_it_is_over() {
        look(Duration.ofHours(1), DOWN);
        assertThat(told).containsExactly(Event.RAISED);
        look(Duration.ofSeconds(55));
        assertThat(told).containsExactly(Event.RAISED);
        look(Duration.ofSeconds(10));
        assertThat(told).containsExactly(Event.RAISED, Event.RESOLVED);
        look(Duration.ofHours(2));
        assertThat(told).hasSize(2);
        assertThat(book.alerts()).isEmpty();
    }

    @Test
    void a_short_pause_is_no_end() {
        look(Duration.ofMinutes(1), DOWN);
        look(Duration.ofSeconds(30));
        look(Duration.ofMinutes(1), DOWN);
        assertThat(told).containsExactly(Event.RAISED);
    }

    @Test
    void flapping_pages_a_few_times_an_hour_at_most() {
        for (int flap = 0; flap < 6 * 60; flap++) {
            look(Duration.ofSeconds(20), DOWN);
            look(Duration.ofSeconds(40));
        }
        assertThat(told).containsExactly(Event.RAISED, Event.REPEATED);

        told.clear();
        for (int flap = 0; flap < 6 * 6; flap++) {
            look(Duration.ofMinutes(3), DOWN);
            look(Duration.ofMinutes(7));
        }
        assertThat(told).filteredOn(Event.RAISED::equals).hasSizeLessThanOrEqualTo(6);
    }

    @Test
    void what_goes_on_is_told_again_by_period() {
        look(Duration.ofHours(13), DOWN);
        assertThat(told).containsExactly(Event.RAISED, Event.REPEATED, Event.REPEATED, Event.REPEATED);
    }

    @Test
    void what_gets_worse_is_told_at_once() {
        look(Duration.ofMinutes(1), burn(Severity.WARNING));
        look(Duration.ofMinutes(1), burn(Severity.CRITICAL));
        look(Duration.ofMinutes(1), burn(Severity.WARNING));
        assertThat(told).containsExactly(Event.RAISED, Event.ESCALATED);
    }

    @Test
    void a_successor_goes_on_where_the_book_ends_whatever_its_clock_says() {
        look(Duration.ofMinutes(30), DOWN);
        String written = book.write(now);
        long otherClock = now + Duration.ofMinutes(10).toMillis();
        book = AlertBook.read(written, 20_000, otherClock + 20_000);
        now = otherClock + 20_000;

        assertThat(book.alerts().get(0).sinceMillis())
                .isEqualTo(otherClock - Duration.ofMinutes(30).toMillis());
        look(Duration.ofMinutes(5), DOWN);
        assertThat(told).containsExactly(Event.RAISED);
        look(Duration.ofMinutes(2));
        assertThat(told).containsExactly(Event.RAISED, Event.RESOLVED);
    }

    @Test
    void a_successor_tells_what_was_not_delivered() {
        look(Duration.ofSeconds(5), DOWN);
        assertThat(AlertBook.read(book.write(now), 0, now).undelivered()).hasSize(1);
        book.delivered(DOWN.id());
        assertThat(AlertBook.read(book.write(now), 0, now).undelivered()).isEmpty();
    }

    @Test
    void a_successor_does_not_raise_again_what_was_delivered_and_is_being_repeated() {
        look(Duration.ofSeconds(5), DOWN);
        book.delivered(DOWN.id());
        look(REPEAT.plusSeconds(5), DOWN);
        assertThat(told).containsExactly(Event.RAISED, Event.REPEATED);
        assertThat(AlertBook.read(book.write(now), 0, now).undelivered()).isEmpty();
    }

    @Test
    void a_successor_tells_what_got_worse_by_its_own_name() {
        look(Duration.ofSeconds(5), burn(Severity.WARNING));
        book.delivered(burn(Severity.WARNING).id());
        look(Duration.ofSeconds(5), burn(Severity.CRITICAL));
        assertThat(AlertBook.read(book.write(now), 0, now).undelivered())
                .extracting(Notice::event)
                .containsExactly(Event.ESCALATED);
        look(Duration.ofMinutes(2));
        assertThat(AlertBook.read(book.write(now), 0, now).undelivered())
                .extracting(Notice::event)
                .containsExactly(Event.RESOLVED);
    }

    @Test
    void a_successor_raises_what_was_repeated_and_never_delivered() {
        look(REPEAT.plusSeconds(10), DOWN);
        assertThat(told).containsExactly(Event.RAISED, Event.REPEATED);
        assertThat(AlertBook.read(book.write(now), 0, now).undelivered())
                .extracting(Notice::event)
                .containsExactly(Event.RAISED);
    }

    @Test
    void since_when_an_alert_lasts_stays_the_same_however_long_the_way_of_the_book_took() {
        look(Duration.ofSeconds(5), DOWN);
        long since = book.alerts().get(0).sinceMillis();
        now += 60_000;
        AlertBook successor = AlertBook.read(book.write(now), 10, now + 47);
        assertThat(successor.alerts().get(0).sinceMillis()).isEqualTo(since);
    }

    @Test
    void a_damaged_book_is_an_empty_one() {
        for (String damaged : List.of("", "{", "7", "[{}]", "[[[[", "[{\"kind\":\"nonsense\"}]", "null", "\u0000")) {
            assertThat(AlertBook.read(damaged, 0, now).alerts()).isEmpty();
        }
    }

    private static Finding burn(Severity severity) {
        return new Finding(Kind.ERROR_BUDGET_BURN, "calcom", severity, "it burns", 20, 14.4);
    }

    /** Looks every five seconds for a while. */
    private void look(Duration during, Finding... findings) {
        for (long left = during.toMillis(); left > 0; left -= 5_000) {
            book.update(List.of(findings), now, REPEAT).forEach(notice -> told.add(notice.event()));
            now += 5_000;
        }
    }
}
