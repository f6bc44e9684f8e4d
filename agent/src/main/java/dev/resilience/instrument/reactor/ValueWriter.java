package dev.resilience.instrument.reactor;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.Resource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpEntity;
import org.springframework.http.MediaType;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.util.MultiValueMap;
import reactor.core.Fuseable;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;

/** One of the application's writers, for values that are at hand and can be written any number of times. */
final class ValueWriter<T> implements HttpMessageWriter<T> {

    private final HttpMessageWriter<T> writer;
    private final UnsentRequest unsent;

    ValueWriter(HttpMessageWriter<T> writer, UnsentRequest unsent) {
        this.writer = writer;
        this.unsent = unsent;
    }

    @Override
    public List<MediaType> getWritableMediaTypes() {
        return writer.getWritableMediaTypes();
    }

    @Override
    public boolean canWrite(ResolvableType type, @Nullable MediaType mediaType) {
        return writer.canWrite(type, mediaType);
    }

    @Override
    public Mono<Void> write(
            Publisher<? extends T> input,
            ResolvableType type,
            @Nullable MediaType mediaType,
            ReactiveHttpOutputMessage message,
            Map<String, Object> hints) {
        if (!isLasting(value(input))) {
            return UnsentRequest.unknown();
        }
        unsent.open();
        return writer.write(input, type, mediaType, message, hints);
    }

    /** What the publisher has at hand; null when it has to be asked. */
    private static @Nullable Object value(Object input) {
        @Nullable Object publisher = input;
        while (publisher instanceof Scannable wrapper && isHooked(wrapper)) {
            publisher = wrapper.scan(Scannable.Attr.PARENT);
        }
        try {
            return publisher instanceof Fuseable.ScalarCallable<?> scalar ? scalar.call() : null;
        } catch (Exception failed) {
            return null;
        }
    }

    /** Whether it is what Reactor's hooks, as tracers and debuggers set them, made of a publisher: nobody has a type for it. */
    private static boolean isHooked(Scannable publisher) {
        String name = publisher.getClass().getName();
        return name.startsWith("reactor.core.publisher.") && (name.contains("Lift") || name.contains("OnAssembly"));
    }

    /** Buffers and what a resource or the parts of a form hold may be read once only, or not without waiting. */
    private static boolean isLasting(@Nullable Object value) {
        boolean lasting = value != null
                && !(value instanceof Resource)
                && !(value instanceof DataBuffer)
                && !value.getClass().getName().startsWith("io.netty.");
        return lasting && !(value instanceof MultiValueMap<?, ?> form && hasParts(form));
    }

    private static boolean hasParts(MultiValueMap<?, ?> form) {
        return form.values().stream()
                .flatMap(List::stream)
                .anyMatch(part -> part instanceof HttpEntity<?> || part instanceof Resource);
    }
}
