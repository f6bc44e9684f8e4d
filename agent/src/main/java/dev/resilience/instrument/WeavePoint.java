package dev.resilience.instrument;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One method that is woven, in one class or in every class of an interface.
 *
 * <p>Its number in the list given to {@link Weaver} and {@link Gates} is the site number that the woven method passes to the
 * bridge.
 *
 * @param target the classes whose own declaration of the method is woven
 * @param method name of the method
 * @param descriptor its descriptor, as in a class file; null for every method of that name
 * @param advice {@link GateAdvice}, or {@link ReplacingGateAdvice} for methods whose arguments must be replaced
 * @param kind the rules that need it
 * @param client binary name of the {@link Client} that makes the site's adapter. A name and not a class, because it is
 *     loaded only when the first call arrives
 */
public record WeavePoint(
        Target target, String method, @Nullable String descriptor, Class<?> advice, RuleKind kind, String client) {

    /** Which classes. Names are internal ones, {@code java/lang/Object}. */
    public sealed interface Target {}

    /** Exactly these. Their client names no type but the JDK's. */
    public record Named(Set<String> classes) implements Target {}

    /** Exactly these classes of a library, whose types their client names: it is loaded beside each copy of the library. */
    public record Library(Set<String> classes) implements Target {}

    /**
     * Every class outside the JDK that implements this interface of the JDK, directly or not.
     *
     * @param mention how the name of some type begins that each such class surely has among its constants ({@code
     *     java/sql/}): it spares all other classes the question; empty when there is none
     */
    public record Implementing(String type, String mention) implements Target {

        public Implementing(String type) {
            this(type, "");
        }
    }
}
