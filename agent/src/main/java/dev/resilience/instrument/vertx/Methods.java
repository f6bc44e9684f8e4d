package dev.resilience.instrument.vertx;

import io.vertx.core.http.HttpClientRequest;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Calls to the library's interfaces, which have other methods in each generation: what stands in for a request or a response
 * is therefore a proxy.
 */
final class Methods {

    private Methods() {}

    static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    static @Nullable Object call(Method method, Object on, @Nullable Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(on, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() == null ? thrown : thrown.getCause();
        }
    }

    /** What methods of {@link Object} give. */
    static Object ofObject(Object proxy, Method method, Object @Nullable [] arguments, String name) {
        return switch (method.getName()) {
            case "equals" -> arguments != null && proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> name;
        };
    }

    /** What a method gives that has nothing to give. */
    static @Nullable Object nothing(Method method) {
        Class<?> type = method.getReturnType();
        if (type == boolean.class) {
            return false;
        }
        if (type == int.class) {
            return -1;
        }
        return type == long.class ? (Object) 0L : null;
    }

    /** Gives a request up; its result differs between generations. */
    static void reset(HttpClientRequest request, Throwable cause) {
        try {
            call(HttpClientRequest.class.getMethod("reset", long.class, Throwable.class), request, new Object[] {
                0L, cause
            });
        } catch (Throwable failure) {
            dev.resilience.bootstrap.Bridge.failed(failure);
        }
    }
}
