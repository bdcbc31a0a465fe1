{{- define "trainyard.labels" -}}
app.kubernetes.io/name: trainyard
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "trainyard.selector" -}}
app.kubernetes.io/name: trainyard
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "trainyard.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "trainyard.registry.push" -}}
{{- if .Values.registry.push -}}
{{ .Values.registry.push }}
{{- else if .Values.registry.embedded.enabled -}}
{{ .Release.Name }}-registry.{{ .Release.Namespace }}.svc:5000
{{- else -}}
{{ fail "No registry: set registry.push (and registry.pull where nodes reach it by another name), or registry.embedded.enabled to true." }}
{{- end }}
{{- end }}

{{- define "trainyard.registry.pull" -}}
{{- if .Values.registry.pull -}}
{{ .Values.registry.pull }}
{{- else if .Values.registry.push -}}
{{ .Values.registry.push }}
{{- else -}}
localhost:{{ .Values.registry.embedded.nodePort }}
{{- end }}
{{- end }}

{{- define "trainyard.registry.mirrors" -}}
{{- $entries := list -}}
{{- range $host, $url := .Values.registry.mirrors -}}
{{- $entries = append $entries (printf "%s=%s" $host $url) -}}
{{- end -}}
{{ join "," $entries }}
{{- end }}

{{- /* What the operator does in each namespace that it looks after. */ -}}
{{- define "trainyard.rules" -}}
- apiGroups: [trainyard.dev]
  resources: [computetargets, runconfigurations, trainingruns]
  verbs: [get, list, watch]
# A finished run is deleted when its ttlSecondsAfterFinished is over. The finalizer by which a
# run's artifacts go with it is set and removed by a patch.
- apiGroups: [trainyard.dev]
  resources: [trainingruns]
  verbs: [delete, patch]
- apiGroups: [trainyard.dev]
  resources: [computetargets/status, runconfigurations/status, trainingruns/status]
  verbs: [patch]
# Owner references with blockOwnerDeletion need it where the cluster enforces that.
- apiGroups: [trainyard.dev]
  resources: [trainingruns/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
# The nodes of a distributed run find each other by a headless Service.
- apiGroups: [""]
  resources: [services]
  verbs: [create]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
# Sources and credentials that runs name, read one by one.
- apiGroups: [""]
  resources: [configmaps, secrets, persistentvolumeclaims]
  verbs: [get]
# The Job controller tells only in events why a pod is refused: by a quota, a webhook, Pod Security.
- apiGroups: [""]
  resources: [events]
  verbs: [create, list]
{{- end }}
