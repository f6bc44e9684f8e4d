package dev.resilience.fallback;

import dev.resilience.config.AgentConfig;
import dev.resilience.rule.SqlText;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Names the questions that stored answers belong to. A name is a keyed hash (HMAC-SHA-256) of everything that makes one
 * question differ from another, who asks included, so that neither a name nor a list of names gives anything away.
 * Thread-safe.
 *
 * <p>The hash's key is what instances of one fleet share and others do not know: it is made from the credentials of their
 * Redis, the admin token and the key prefix. Where that Redis asks for no password, whoever can read the names can read the
 * answers too. Without a Redis the key is random and never leaves the JVM.
 */
public final class AnswerKeys {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int RANDOM_BYTES = 32;

    /** Part of every name: answers of another format are not found rather than misread. */
    private static final int FORMAT = 1;

    private static final int HTTP = 1;
    private static final int VARIANT = 2;
    private static final int STATEMENT = 3;
    private static final int ADDRESS = 4;
    private static final int STATEMENT_ALONE = 5;

    /** Every name begins with so many characters of the hash of its address or statement alone. */
    private static final int SUBJECT = AnswerStore.SUBJECT;

    /** In every name, declared by {@code Vary} or not, because answers differ by them so often. */
    static final List<String> NEGOTIATED = List.of("Accept", "Accept-Encoding", "Accept-Language");

    /** Calls that ask at the same time seldom share one. */
    private static final int STRIPES = 16;

    /** Bytes of the longest question whose room is kept for the next. */
    private static final int LONGEST_SPARE = 16_384;

    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    /** What the making of one name needs, kept for the next: it costs more than the name itself. */
    private record Asker(Mac mac, ByteWriter question) {

        Asker(Mac mac) {
            this(mac, new ByteWriter(512));
        }
    }

    private final AtomicReferenceArray<@Nullable Asker> spares = new AtomicReferenceArray<>(STRIPES);
    private final ReadStatements statements = new ReadStatements(this::subjectOf);
    private final AgentConfig.@Nullable RedisConfig redis;
    private final @Nullable String token;
    private volatile @Nullable Mac prototype;

    private AnswerKeys(AgentConfig.@Nullable RedisConfig redis, @Nullable String token) {
        this.redis = redis;
        this.token = token;
    }

    /** Costs nothing before the first name is asked for. */
    public static AnswerKeys of(AgentConfig config) {
        return new AnswerKeys(config.redis(), config.admin().token());
    }

    /** Makes the hash ready, so that the first call, which may be on an event loop, reads no random key from the system. */
    public void prepare() {
        mac();
    }

    /**
     * The name of an HTTP request: method, address, body, negotiation, and every header that tells who asks.
     *
     * @return null when the request cannot be told from others
     */
    @Nullable
    String http(Request.Http request) {
        byte[] body = request.body();
        if (body == null) {
            return null;
        }
        Asker asker = asker(HTTP);
        ByteWriter question = asker.question;
        question.text(request.method().toUpperCase(Locale.ROOT));
        question.text(request.uri().toString());
        question.blob(body);
        for (String name : NEGOTIATED) {
            values(question, request.header(name));
        }
        // These two may hold what the client adds itself, and headers() only what the application set.
        values(question, AwsSignature.askers(request.header("Authorization")));
        values(question, request.header("Cookie"));
        for (Answer.Header header : telling(request)) {
            question.text(header.name());
            question.text(header.value());
        }
        String rest = hash(asker);
        return subject(request.uri()) + rest;
    }

    /** The name of one of several answers to the same request, told apart by the headers that {@code Vary} names. */
    String variant(String primary, List<String> vary, Request.Http request) {
        Asker asker = asker(VARIANT);
        ByteWriter question = asker.question;
        question.text(primary);
        for (String name : vary) {
            question.text(name);
            values(question, request.header(name));
        }
        return primary.substring(0, SUBJECT) + hash(asker);
    }

    /**
     * The name of a statement, or null when it does more than read or its parameters are not known.
     *
     * @param pure functions that are, in lower case, beside those of which it is known
     */
    @Nullable
    String jdbc(Request.Jdbc request, Set<String> pure) {
        ReadStatements.Known statement = request.query() ? statements.find(request.sql()) : null;
        if (statement == null || !pure.containsAll(statement.doubtful())) {
            return null;
        }
        List<@Nullable Object> parameters = request.parameters();
        if (parameters == null) {
            return null;
        }
        Asker asker = asker(STATEMENT);
        ByteWriter question = asker.question;
        String place = request.place();
        question.text(place == null ? request.url() : request.url() + " on " + place);
        optional(question, request.user());
        optional(question, request.schema());
        question.text(statement.text());
        question.number(parameters.size());
        for (Object parameter : parameters) {
            if (!SqlValues.write(question, ArrayParameters.told(parameter))) {
                return null;
            }
        }
        return statement.subject() + hash(asker);
    }

    /**
     * What all names begin with that belong to one address or statement, whoever asks and with whatever values.
     *
     * @param subject {@code https://api.cal.com/v1/availability/day-1}, or a statement
     */
    public String prefix(String subject) {
        if (subject.regionMatches(true, 0, "http://", 0, 7) || subject.regionMatches(true, 0, "https://", 0, 8)) {
            return subject(URI.create(subject));
        }
        return subjectOf(SqlText.normalised(subject));
    }

    /** The address without who asks, and the same for all ways to write it that clients do not tell apart. */
    String subject(URI uri) {
        Asker asker = asker(ADDRESS);
        ByteWriter subject = asker.question;
        subject.text(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT));
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        String host = authority.substring(authority.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
        String usualPort = "https".equalsIgnoreCase(uri.getScheme()) ? ":443" : ":80";
        subject.text(host.endsWith(usualPort) ? host.substring(0, host.length() - usualPort.length()) : host);
        String path = uri.getRawPath();
        subject.text(path == null || path.isEmpty() ? "/" : path);
        optional(subject, uri.getRawQuery());
        return hash(asker).substring(0, SUBJECT);
    }

    /** Of a statement in its {@linkplain SqlText#normalised normal} form. */
    private String subjectOf(String normalised) {
        Asker asker = asker(STATEMENT_ALONE);
        ByteWriter subject = asker.question;
        subject.text(normalised);
        return hash(asker).substring(0, SUBJECT);
    }

    /** Whether the request says who asks. */
    static boolean anonymous(Request.Http request) {
        return request.header("Authorization").isEmpty()
                && request.header("Cookie").isEmpty()
                && request.uri().getRawUserInfo() == null
                && request.headers().stream().noneMatch(header -> Headers.credential(header.name()));
    }

    /** Whatever may say who asks, or for what. */
    private static List<Answer.Header> telling(Request.Http request) {
        List<Answer.Header> telling = new ArrayList<>();
        for (Answer.Header header : request.headers()) {
            if (Headers.tellsApart(header.name())) {
                telling.add(
                        new Answer.Header(header.name().toLowerCase(Locale.ROOT), AwsSignature.asker(header.value())));
            }
        }
        telling.sort(Comparator.comparing(Answer.Header::name));
        return telling;
    }

    private Asker asker(int kind) {
        Asker spare = spares.getAndSet(stripe(), null);
        Asker asker = spare == null ? new Asker(mac()) : spare;
        asker.question.octet(FORMAT);
        asker.question.octet(kind);
        return asker;
    }

    private static int stripe() {
        return (int) Thread.currentThread().getId() & (STRIPES - 1);
    }

    private static void values(ByteWriter question, List<String> values) {
        question.number(values.size());
        for (String value : values) {
            question.text(value);
        }
    }

    private static void optional(ByteWriter question, @Nullable String value) {
        question.octet(value == null ? 0 : 1);
        if (value != null) {
            question.text(value);
        }
    }

    private String hash(Asker asker) {
        asker.question.into(asker.mac);
        byte[] hash = asker.mac.doFinal();
        if (asker.question.size() <= LONGEST_SPARE) {
            // Who asks, and with which values, is nothing to be found in a dump of the heap later.
            asker.question.wipe();
            spares.set(stripe(), asker);
        }
        return TEXT.encodeToString(hash);
    }

    /** A copy of one's own: the original may not be used by two at a time, and looking it up is slow. */
    private Mac mac() {
        try {
            Mac mac = prototype;
            if (mac == null) {
                mac = prototype();
            }
            return (Mac) mac.clone();
        } catch (CloneNotSupportedException | GeneralSecurityException unavailable) {
            throw new IllegalStateException("no usable " + ALGORITHM, unavailable);
        }
    }

    private synchronized Mac prototype() throws GeneralSecurityException {
        Mac mac = prototype;
        if (mac == null) {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret(), ALGORITHM));
            prototype = mac;
        }
        return mac;
    }

    private byte[] secret() {
        if (redis == null) {
            byte[] random = new byte[RANDOM_BYTES];
            new SecureRandom().nextBytes(random);
            return random;
        }
        ByteWriter shared = new ByteWriter(256);
        shared.text("resilience.jar stored answers");
        shared.text(redis.keyPrefix());
        optional(shared, userInfo(redis.url()));
        optional(shared, token);
        return shared.toBytes();
    }

    /** The part of the address with the password: instances may write its other parts differently. */
    private static @Nullable String userInfo(@Nullable String url) {
        if (url == null) {
            return null;
        }
        int from = url.indexOf("//") + 2;
        int at = url.lastIndexOf('@');
        return at < from ? null : url.substring(from, at);
    }

    @Override
    public String toString() {
        return "AnswerKeys[***]";
    }
}
