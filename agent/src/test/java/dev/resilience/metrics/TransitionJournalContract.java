package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.State;
import dev.resilience.metrics.TransitionJournal.Entry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every journal of transitions must do. */
public abstract class TransitionJournalContract {

    protected abstract TransitionJournal journal();

    @Test
    void entries_come_back_in_order_with_their_age() throws Exception {
        Entry opened = new Entry(State.CLOSED, State.OPEN, 2, "5 of 5 calls failed", 65_000);
        Entry trial = new Entry(State.OPEN, State.HALF_OPEN, 3, "the open time is over", 5_000);
        add(opened, trial);

        List<Entry> read = read();

        assertThat(read).extracting(Entry::epoch).containsExactly(2L, 3L);
        assertThat(read.get(0).from()).isEqualTo(State.CLOSED);
        assertThat(read.get(0).to()).isEqualTo(State.OPEN);
        assertThat(read.get(0).reason()).isEqualTo("5 of 5 calls failed");
        assertThat(read.get(0).ageMillis()).isBetween(65_000L, 75_000L);
    }

    @Test
    void one_change_told_by_two_is_one() throws Exception {
        add(new Entry(State.CLOSED, State.OPEN, 2, "5 of 5 calls failed", 3_000));
        add(new Entry(State.CLOSED, State.OPEN, 2, "told | again", 2_990));
        add(new Entry(State.CLOSED, State.OPEN, 4, "told | again, with a \n line", 0));

        assertThat(read())
                .extracting(Entry::reason)
                .containsExactly("5 of 5 calls failed", "told | again, with a \n line");
    }

    @Test
    void a_mode_that_moves_the_state_without_a_new_epoch_is_a_change_of_its_own() throws Exception {
        Entry opened = new Entry(State.CLOSED, State.OPEN, 4, 1, "mode forced_open by ops", 9_000);
        Entry closed = new Entry(State.OPEN, State.CLOSED, 4, 2, "mode enforce", 7_000);
        add(new Entry(State.HALF_OPEN, State.CLOSED, 4, "2 of 2 trials", 60_000), opened);
        add(opened, closed);

        assertThat(read()).extracting(Entry::to).containsExactly(State.CLOSED, State.OPEN, State.CLOSED);
        assertThat(read()).extracting(Entry::turn).containsExactly(0, 1, 2);
    }

    @Test
    void the_oldest_go_first_when_there_are_too_many() throws Exception {
        for (long epoch = 1; epoch <= TransitionJournal.MOST_ENTRIES + 10; epoch++) {
            add(new Entry(State.CLOSED, State.OPEN, epoch, "test", 0));
        }

        assertThat(read())
                .hasSize(TransitionJournal.MOST_ENTRIES)
                .first()
                .extracting(Entry::epoch)
                .isEqualTo(11L);
    }

    private void add(Entry... entries) throws Exception {
        journal().add("calcom", List.of(entries)).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private List<Entry> read() throws Exception {
        return journal().read("calcom").toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
