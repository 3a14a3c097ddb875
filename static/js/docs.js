// The page of the endpoints: Swagger UI, from the server itself.
/* global SwaggerUIBundle */
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#endpoints", deepLinking: true, validatorUrl: null });
