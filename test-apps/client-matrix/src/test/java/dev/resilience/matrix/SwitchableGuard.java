package dev.resilience.matrix;

import dev.resilience.guard.Guard;
import dev.resilience.guard.HttpRequestView;
import java.lang.reflect.Proxy;
import java.net.URI;

/** The one guard that the woven JVM knows: passes HTTP calls on to the script of the test that runs. */
public final class SwitchableGuard {

    private static volatile ScriptedGuard current;

    public static final Guard INSTANCE = (Guard) Proxy.newProxyInstance(
            SwitchableGuard.class.getClassLoader(), new Class<?>[] {Guard.class}, (proxy, method, arguments) -> {
                ScriptedGuard guard = current;
                if (method.getName().equals("matchHttp")) {
                    if (guard == null) {
                        return null;
                    }
                    return arguments.length == 2
                            ? guard.matchHttp((String) arguments[0], (URI) arguments[1])
                            : guard.matchHttp(
                                    (String) arguments[0],
                                    (String) arguments[1],
                                    (String) arguments[2],
                                    (int) arguments[3],
                                    (String) arguments[4]);
                }
                if (method.getName().equals("begin")) {
                    return guard.begin((dev.resilience.guard.Endpoint) arguments[0], (HttpRequestView) arguments[1]);
                }
                throw new UnsupportedOperationException(method.toString());
            });

    private SwitchableGuard() {}

    /** Null: nothing is guarded. */
    static void use(ScriptedGuard guard) {
        current = guard;
    }
}
