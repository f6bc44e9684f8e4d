package dev.resilience.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class FacadesTest {

    @Test
    void what_is_called_does_what_it_did_and_what_that_calls_too() throws Exception {
        Commands lean = lean();

        assertThat(lean.get("a")).isEqualTo("get a");
        assertThat(lean.later("b").get()).isEqualTo("later b");
        assertThat(lean.many(1, 2, "c")).isEqualTo("3 c");
    }

    @Test
    void what_nobody_calls_throws_and_is_gone_from_the_class_file() throws Exception {
        Commands lean = lean();

        assertThatThrownBy(() -> lean.flush(1L, 2.0, "x")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> lean.getClass().getMethod("everything").invoke(null))
                .hasRootCauseInstanceOf(UnsupportedOperationException.class);
        assertThat(leanFile().length).isLessThan(bytes(Facade.class).length);
    }

    @Test
    void calls_of_classes_that_nothing_loads_do_not_count() throws Exception {
        Map<String, byte[]> classes = new HashMap<>();
        for (Class<?> type : new Class<?>[] {Facade.class, User.class, Commands.class}) {
            classes.put(name(type), bytes(type));
        }
        Commands lean = defined(Facades.without(classes, Set.of(name(Facade.class)), Set.of(name(User.class)))
                .get(name(Facade.class)));

        assertThatThrownBy(() -> lean.get("a")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void a_facade_that_is_not_there_is_left_out() {
        assertThat(Facades.without(Map.of(), Set.of("no/such/Facade"), Set.of()))
                .isEmpty();
    }

    private static Commands lean() throws Exception {
        return defined(leanFile());
    }

    private static byte[] leanFile() throws IOException {
        Map<String, byte[]> classes = new HashMap<>();
        for (Class<?> type : new Class<?>[] {Facade.class, User.class, Commands.class}) {
            classes.put(name(type), bytes(type));
        }
        return Facades.without(classes, Set.of(name(Facade.class)), Set.of()).get(name(Facade.class));
    }

    private static Commands defined(byte[] classFile) throws Exception {
        Class<?> defined = new ClassLoader(FacadesTest.class.getClassLoader()) {
            Class<?> define() {
                return defineClass(Facade.class.getName(), classFile, 0, classFile.length);
            }
        }.define();
        return (Commands) defined.getConstructor().newInstance();
    }

    private static String name(Class<?> type) {
        return type.getName().replace('.', '/');
    }

    private static byte[] bytes(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream("/" + name(type) + ".class")) {
            return in.readAllBytes();
        }
    }

    public interface Commands {

        String get(String key);

        Supplier<String> later(String key);

        String many(int a, long b, String c);

        String flush(long a, double b, String c);
    }

    public static final class Facade implements Commands {

        public Facade() {}

        @Override
        public String get(String key) {
            return text("get ", key);
        }

        @Override
        public Supplier<String> later(String key) {
            return () -> text("later ", key);
        }

        @Override
        public String many(int a, long b, String c) {
            return a + b + " " + c;
        }

        @Override
        public String flush(long a, double b, String c) {
            return a + b + c + everything();
        }

        public static String everything() {
            return "everything that is there, and more than anybody asks for: ".repeat(7);
        }

        private String text(String what, String key) {
            return what + key;
        }
    }

    /** The one who calls. */
    static final class User {

        String use(Commands commands) {
            return commands.get("a") + commands.later("b").get() + commands.many(1, 2, "c");
        }
    }
}
