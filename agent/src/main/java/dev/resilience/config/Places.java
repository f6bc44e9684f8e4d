package dev.resilience.config;

import dev.resilience.config.Type.Key;
import dev.resilience.config.Type.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where in the file a key belongs, for keys found elsewhere. Looked up only when something is wrong. */
final class Places {

    /** More places than these are not told. */
    private static final int MOST = 3;

    private Places() {}

    /** Where a known key belongs, as "under …"; null when no section has it. */
    static @Nullable String of(String key, Section here) {
        Map<String, List<String>> near = new TreeMap<>();
        gather(here, "", near, 0);
        List<String> places = near.get(key);
        if (places == null) {
            Map<String, List<String>> all = new TreeMap<>();
            gather(Schema.ROOT, "", all, 0);
            places = all.get(key);
        }
        if (places == null) {
            return null;
        }
        StringBuilder out = new StringBuilder();
        for (String place : places.subList(0, Math.min(MOST, places.size()))) {
            out.append(out.length() == 0 ? "" : " or ")
                    .append(place.isEmpty() ? "at the top level" : "under `" + place + "`");
        }
        return out.toString();
    }

    /** The key further inside {@code here} that was probably meant; null when none is near. */
    static @Nullable String nearest(String key, Section here) {
        Map<String, List<String>> inside = new TreeMap<>();
        gather(here, "", inside, 0);
        String nearest = Nearest.of(key, inside.keySet());
        if (nearest == null) {
            return null;
        }
        String place = inside.getOrDefault(nearest, List.of("")).get(0);
        return place.isEmpty() ? nearest : place + "." + nearest;
    }

    private static void gather(Type type, String path, Map<String, List<String>> places, int depth) {
        if (type instanceof Section section) {
            for (Key key : section.keys().values()) {
                String inside = path.isEmpty() ? key.name() : path + "." + key.name();
                List<String> known = places.computeIfAbsent(key.name(), name -> new ArrayList<>());
                if (!known.contains(path)) {
                    known.add(path);
                }
                gather(key.type(), inside, places, depth + 1);
            }
        } else if (type instanceof Type.MapOf map) {
            gather(map.value(), path + (path.isEmpty() ? "" : ".") + "<name>", places, depth + 1);
        } else if (type instanceof Type.ListOf list) {
            gather(list.item(), path + "[]", places, depth + 1);
        } else if (type instanceof Type.Links links) {
            for (Map.Entry<String, Section> link : links.options().entrySet()) {
                gather(link.getValue(), path + "." + link.getKey(), places, depth + 1);
            }
        }
    }
}
