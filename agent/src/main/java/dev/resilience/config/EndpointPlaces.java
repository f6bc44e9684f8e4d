package dev.resilience.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Where endpoints stand in a file, for what is found out about a configuration only when all of it is known. Read anew: a
 * running agent keeps no places. Immutable.
 */
public final class EndpointPlaces {

    private final String file;
    private final Map<String, Mark> marks = new LinkedHashMap<>();

    private EndpointPlaces(String file) {
        this.file = file;
    }

    /** Those of a valid file; of any other none are known. */
    public static EndpointPlaces of(Path file) {
        EndpointPlaces places = new EndpointPlaces(file.toString());
        Problems unread = new Problems(file.toString());
        String text = YamlText.read(file, unread);
        Node root = text == null ? null : YamlText.compose(text, unread);
        if (value(root, "services") instanceof MappingNode services) {
            for (NodeTuple service : services.getValue()) {
                if (service.getKeyNode() instanceof ScalarNode name
                        && value(service.getValueNode(), "endpoints") instanceof SequenceNode endpoints) {
                    endpoints.getValue().forEach(each -> places.add(name.getValue(), each));
                }
            }
        }
        return places;
    }

    /** What is to be said of an endpoint, with its place. */
    public ConfigProblem at(String service, String endpoint, String what) {
        Mark mark = marks.get(service + '\n' + endpoint);
        return mark == null
                ? new ConfigProblem(file, 0, 0, what, null, null)
                : new ConfigProblem(file, mark.getLine() + 1, mark.getColumn() + 1, what, null, null);
    }

    private void add(String service, Node endpoint) {
        if (value(endpoint, "name") instanceof ScalarNode name) {
            marks.put(service + '\n' + name.getValue(), name.getStartMark());
        }
    }

    private static @Nullable Node value(@Nullable Node node, String key) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode name
                        && name.getValue().equals(key)) {
                    return tuple.getValueNode();
                }
            }
        }
        return null;
    }
}
