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

{{- /* Settings of environment builds, as variables of the operator. */ -}}
{{- define "trainyard.environments" -}}
{{- $channels := list -}}
{{- range $channel, $url := .Values.environments.channels -}}
{{- $channels = append $channels (printf "%s=%s" $channel $url) -}}
{{- end -}}
{{- with .Values.environments -}}
{{- $prefix := "TRAINYARD_ENVIRONMENT_" -}}
- {name: {{ $prefix }}CONDA_IMAGE, value: {{ include "trainyard.image" (dict "root" $ "image" $.Values.image.conda) | quote }}}
{{- if .dockerfiles.enabled }}
- {name: {{ $prefix }}DOCKERFILE_IMAGE, value: {{ .dockerfiles.image | quote }}}
{{- end }}
- {name: {{ $prefix }}DEFAULT_CHANNELS, value: {{ join "," .defaultChannels | quote }}}
- {name: {{ $prefix }}CHANNELS, value: {{ join "," $channels | quote }}}
- {name: {{ $prefix }}CHANNEL_ROOT, value: {{ .channelRoot | quote }}}
- {name: {{ $prefix }}PIP_INDEX_URL, value: {{ .pipIndexUrl | quote }}}
- {name: {{ $prefix }}HTTP_PROXY, value: {{ .proxy.http | quote }}}
- {name: {{ $prefix }}HTTPS_PROXY, value: {{ .proxy.https | quote }}}
- {name: {{ $prefix }}NO_PROXY, value: {{ .proxy.noProxy | quote }}}
- {name: {{ $prefix }}CREDENTIALS_SECRET, value: {{ .credentialsSecret | quote }}}
- {name: {{ $prefix }}AUTHORITIES_CONFIG_MAP, value: {{ .authoritiesConfigMap | quote }}}
- {name: {{ $prefix }}CACHE_CLAIM, value: {{ .cache.claim | quote }}}
- {name: {{ $prefix }}CACHE_STORAGE_CLASS, value: {{ .cache.storageClass | quote }}}
- {name: {{ $prefix }}CACHE_SIZE, value: {{ .cache.size | quote }}}
- {name: {{ $prefix }}CACHE_ACCESS_MODE, value: {{ .cache.accessMode | quote }}}
- {name: {{ $prefix }}CPU_REQUEST, value: {{ .cpuRequest | quote }}}
- {name: {{ $prefix }}MEMORY_REQUEST, value: {{ .memoryRequest | quote }}}
- {name: {{ $prefix }}MEMORY_LIMIT, value: {{ .memoryLimit | quote }}}
- {name: {{ $prefix }}STORAGE, value: {{ .storage | quote }}}
- {name: {{ $prefix }}DEADLINE, value: {{ .deadline | quote }}}
- {name: {{ $prefix }}ATTEMPTS, value: {{ .attempts | quote }}}
- {name: {{ $prefix }}UNUSED_AFTER, value: {{ .unusedAfter | quote }}}
- {name: {{ $prefix }}BASE_IMAGE_CHECK, value: {{ .baseImageCheck | quote }}}
{{- end }}
{{- end }}

{{- /* What the operator does in each namespace that it looks after. */ -}}
{{- define "trainyard.rules" -}}
- apiGroups: [trainyard.dev]
  resources: [computetargets, environments, runconfigurations, trainingruns]
  verbs: [get, list, watch]
# Made once a set of dependencies, deleted when unused; patched for a finalizer and a new build.
- apiGroups: [trainyard.dev]
  resources: [environments]
  verbs: [create, delete, patch]
# A finished run is deleted when its ttlSecondsAfterFinished is over. The finalizer by which a
# run's artifacts go with it is set and removed by a patch.
- apiGroups: [trainyard.dev]
  resources: [trainingruns]
  verbs: [delete, patch]
- apiGroups: [trainyard.dev]
  resources: [computetargets/status, environments/status, runconfigurations/status, trainingruns/status]
  verbs: [patch]
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
# Sources that Flux has fetched, where it is installed; watched only once a run waits for one.
- apiGroups: [source.toolkit.fluxcd.io]
  resources: [gitrepositories, ocirepositories]
  verbs: [get, list, watch]
{{- if .Values.environments.cache.storageClass }}
# The package cache of a namespace.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [create]
{{- end }}
# The Job controller tells only in events why a pod is refused: by a quota, a webhook, Pod Security.
- apiGroups: [""]
  resources: [events]
  verbs: [create, list]
{{- end }}
