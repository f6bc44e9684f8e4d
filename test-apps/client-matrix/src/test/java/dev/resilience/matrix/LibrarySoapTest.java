package dev.resilience.matrix;

import dev.resilience.fallback.Answer;
import jakarta.xml.soap.MessageFactory;
import jakarta.xml.soap.SOAPConnection;
import jakarta.xml.soap.SOAPConnectionFactory;
import jakarta.xml.soap.SOAPMessage;
import jakarta.xml.ws.Dispatch;
import jakarta.xml.ws.Service;
import jakarta.xml.ws.soap.SOAPBinding;
import java.io.StringReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.xml.namespace.QName;
import javax.xml.transform.Source;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMResult;
import javax.xml.transform.stream.StreamSource;
import org.w3c.dom.Document;

/** SOAP over the JDK's {@code HttpURLConnection}: SAAJ and the reference implementation of JAX-WS. */
class LibrarySoapTest extends NestedConformance {

    private static final QName PORT = new QName("urn:people", "Port");
    private static final String QUESTION = "<who xmlns='urn:people'/>";

    @Override
    Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        callers.put("SAAJ", soap(LibrarySoapTest::saaj));
        callers.put("JAX-WS", soap(uri -> text(dispatch(uri).invoke(question()))));
        callers.put(
                "JAX-WS, async",
                soap(uri -> text(dispatch(uri).invokeAsync(question()).get(30, TimeUnit.SECONDS))));
        return callers;
    }

    private static Caller soap(Caller caller) {
        return new Caller() {
            @Override
            public String name(URI uri) throws Exception {
                return caller.name(uri);
            }

            @Override
            public Answer.Http telling(String name) {
                return new Answer.Http(
                        "respond",
                        200,
                        List.of(new Answer.Header("Content-Type", "text/xml;charset=utf-8")),
                        ("<S:Envelope xmlns:S='http://schemas.xmlsoap.org/soap/envelope/'><S:Body>"
                                        + "<name xmlns='urn:people'>" + name + "</name></S:Body></S:Envelope>")
                                .getBytes(StandardCharsets.UTF_8));
            }
        };
    }

    private static String saaj(URI uri) throws Exception {
        SOAPConnection connection = SOAPConnectionFactory.newInstance().createConnection();
        try {
            SOAPMessage reply = connection.call(MessageFactory.newInstance().createMessage(), uri.toURL());
            return reply.getSOAPBody().getTextContent();
        } finally {
            connection.close();
        }
    }

    private static Dispatch<Source> dispatch(URI uri) {
        Service service = Service.create(new QName("urn:people", "People"));
        service.addPort(PORT, SOAPBinding.SOAP11HTTP_BINDING, uri.toString());
        return service.createDispatch(PORT, Source.class, Service.Mode.PAYLOAD);
    }

    private static Source question() {
        return new StreamSource(new StringReader(QUESTION));
    }

    private static String text(Source reply) throws Exception {
        DOMResult tree = new DOMResult();
        TransformerFactory.newInstance().newTransformer().transform(reply, tree);
        return ((Document) tree.getNode()).getDocumentElement().getTextContent();
    }
}
