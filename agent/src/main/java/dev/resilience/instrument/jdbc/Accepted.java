package dev.resilience.instrument.jdbc;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Which password each database last took from each user: while nobody can be asked, who comes with another is not that user,
 * and gets none of his rows. No password is kept, but its digest with a salt of this JVM's. Thread-safe.
 */
final class Accepted {

    private static final Pattern USER_INFO = Pattern.compile("//[^/?;:@]*:([^/?;@]*)@");

    /** More users than this are not remembered; they are believed. */
    private static final int MOST = 10_000;

    private final byte[] salt = new byte[16];
    private final Map<String, byte[]> digests = new ConcurrentHashMap<>();

    /** Whether sources of a class tell the password that they connect with; some tell something else in its place. */
    private final Map<Class<?>, Boolean> telling = Collections.synchronizedMap(new WeakHashMap<>());

    /** Users whose password is a token that is another each time: nothing can be told by it. */
    private final Set<String> changing = ConcurrentHashMap.newKeySet();

    Accepted() {
        new SecureRandom().nextBytes(salt);
    }

    /** The database let the user in. */
    void add(String url, @Nullable String user, @Nullable String password) {
        byte[] digest = digest(password);
        String key = key(url, user);
        if (digest != null && (digests.size() < MOST || digests.containsKey(key))) {
            byte[] before = digests.put(key, digest);
            if (before != null && !Arrays.equals(before, digest)) {
                changing.add(key);
            }
        }
    }

    /** Whether the database took this password from the user last. */
    boolean knows(String url, @Nullable String user, @Nullable String password) {
        byte[] known = digests.get(key(url, user));
        return known != null && Arrays.equals(known, digest(password));
    }

    /** Whether the database is known to have taken another password from the user. */
    boolean contradicts(String url, @Nullable String user, @Nullable String password) {
        String key = key(url, user);
        byte[] known = digests.get(key);
        return known != null && !changing.contains(key) && !Arrays.equals(known, digest(password));
    }

    /** The source made a connection: learns whether it tells with which password. Fast: told of every one. */
    void learn(DataSource source, Source about) {
        about.connects();
        if (about.hasTold()) {
            return;
        }
        if (telling.containsKey(source.getClass())) {
            about.tells();
            return;
        }
        Origin origin = about.refreshed(source);
        String url = origin.url();
        byte[] known = url == null ? null : digests.get(key(url, origin.user()));
        if (known != null) {
            String told = Source.password(source);
            telling.put(source.getClass(), told != null && Arrays.equals(known, digest(told)));
        }
    }

    /**
     * As {@link #contradicts(String, String, String)}, by what the source itself has for a password. One whose class tells
     * nothing is believed; one whose class was never seen to connect, where it connected itself or has no password to tell.
     */
    boolean contradicts(String url, @Nullable String user, DataSource source, Source about) {
        Boolean tells = telling.get(source.getClass());
        boolean asked = tells == null ? !about.hasConnected() && Source.hasPassword(source) : tells;
        return asked && contradicts(url, user, Source.password(source));
    }

    /** @param properties of {@code Driver.connect} */
    static @Nullable String password(String url, @Nullable Properties properties) {
        String given = properties == null ? null : properties.getProperty("password");
        String ofAddress = given == null ? ShownUrl.value(url, "password") : given;
        if (ofAddress == null) {
            Matcher user = USER_INFO.matcher(url);
            return user.find() ? user.group(1) : null;
        }
        return ofAddress;
    }

    private static String key(String address, @Nullable String user) {
        String url = ShownUrl.of(address);
        int end = url.indexOf('?');
        int semicolon = url.indexOf(';');
        int to = end < 0 ? semicolon : semicolon < 0 ? end : Math.min(end, semicolon);
        return (to < 0 ? url : url.substring(0, to)) + " " + user;
    }

    private byte @Nullable [] digest(@Nullable String password) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            return digest.digest(String.valueOf(password).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException missing) {
            return null;
        }
    }
}
