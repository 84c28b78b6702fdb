(* An encoder of fixed size over an ordered field: tokens are numbered, weights are lists of rational entries. *)

Set Warnings "-notation-overridden,-ambiguous-paths,-elpi.typecheck".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* ---- weights: a common denominator, and entries (row, column, numerator) ---- *)
Record weight := Weight { below : nat; above : seq (nat * nat * int) }.
Definition column (W : weight) (c : nat) : seq (nat * int) :=
  [seq (x.1.1, x.2) | x <- above W & eqn x.1.2 c].

Inductive normaliser := Linear | Softmax | Hard | Mean of seq (seq nat).
(* sees: for every position the keys that its query may see *)
Record head := Head { kind : normaliser; sees : seq (seq nat); inner : nat;
                      WQ : weight; WK : weight; WV : weight; WO : weight }.
Definition seen h i := nth [::] (sees h) i.

Section Machine.
Variables (F : realFieldType) (e : F -> F).

Fixpoint total (l : seq F) : F :=
  if l is x :: rest then (if rest is [::] then x else x + total rest) else 0.
Definition mean (l : seq F) : F := total l / (size l)%:R.
Definition coef (z : int) : F := match z with Posz n => n%:R | Negz n => - n.+1%:R end.

(* rows are tokens, columns are features *)
Notation state := (nat -> nat -> F).

Definition read (H : state) W i c := total [seq coef x.2 * H i x.1 | x <- column W c] / (below W)%:R.
Definition score h H i j :=
  total [seq read H (WQ h) i m * read H (WK h) j m | m <- iota 0 (inner h)].
Definition best h H i :=
  [seq j <- seen h i | all (fun k => score h H i k <= score h H i j) (seen h i)].
Definition attend h H i m :=
  let v j := read H (WV h) j m in
  match kind h with
  | Linear => total [seq score h H i j * v j | j <- seen h i]
  | Softmax => total [seq e (score h H i j) * v j | j <- seen h i]
               / total [seq e (score h H i j) | j <- seen h i]
  | Hard => mean [seq v j | j <- best h H i]
  | Mean picks => mean [seq v j | j <- nth [::] picks i]
  end.
Definition writes h H i c :=
  total [seq coef x.2 * attend h H i x.1 | x <- column (WO h) c] / (below (WO h))%:R.
Definition attention (stay : bool) (hs : seq head) H : state :=
  fun i c => (if stay then H i c else 0) + total [seq writes h H i c | h <- hs].

Record network := Network { W1 : weight; b1 : weight; units : seq (F -> F); W2 : weight; b2 : weight }.
Definition bias W c := total [seq coef x.2 | x <- column W c] / (below W)%:R.
Definition drive net H i u := read H (W1 net) i u + bias (b1 net) u.
Definition feed_forward (stay : bool) net H : state :=
  fun i c => (if stay then H i c else 0)
    + (total [seq coef x.2 * nth id (units net) x.1 (drive net H i x.1) | x <- column (W2 net) c]
       / (below (W2 net))%:R + bias (b2 net) c).

Definition square (x : F) := x * x.
Definition reciprocal (x : F) := x^-1.

(* tokens: entries of the inputs (row, column, value), and whole numbers everywhere else *)
Fixpoint look T (rest : T) (l : seq (nat * nat * T)) (i c : nat) : T :=
  if l is x :: l' then (if eqn x.1.1 i && eqn x.1.2 c then x.2 else look rest l' i c) else rest.
Definition written (inputs : seq (nat * nat * F)) (given : seq (nat * nat * int)) : state :=
  fun i c => look (coef (look (Posz 0) given i c)) inputs i c.

(* ---- formulas: matrices as functions of row and column, with the inner sizes that a sum needs ---- *)
Definition mul (k : nat) (A B : state) : state := fun i j => total [seq A i t * B t j | t <- iota 0 k].
Definition tr (A : state) : state := fun i j => A j i.
Definition add (A B : state) : state := fun i j => A i j + B i j.
Definition scaled (c : F) (A : state) : state := fun i j => c * A i j.
Definition had (A B : state) : state := fun i j => A i j * B i j.
Definition each (f : F -> F) (A : state) : state := fun i j => f (A i j).
Definition ones : state := fun _ _ => 1.
Definition softmax (k : nat) (A : state) : state :=
  fun i j => e (A i j) / total [seq e (A i t) | t <- iota 0 k].
Definition causal_softmax (A : state) : state :=
  fun i j => if Nat.leb j i then e (A i j) / total [seq e (A i t) | t <- iota 0 i.+1] else 0.

(* ---- what holds for all of them ---- *)
Lemma totalE l : total l = \sum_(x <- l) x.
Proof.
elim: l => [|x [|y l] ih]; first by rewrite big_nil.
  by rewrite big_cons big_nil addr0.
by rewrite big_cons -ih.
Qed.

Lemma coefE z : coef z = z%:~R.
Proof. by case: z => n //=; rewrite NegzE mulrNz. Qed.

Definition silent (W : weight) c := all (fun x => ~~ eqn x.1.2 c) (above W).
Lemma column_silent W c : silent W c -> column W c = [::].
Proof. by rewrite /column /silent; elim: (above W) => //= x l ih /andP[/negbTE-> /ih]. Qed.

Lemma attention_silent hs H i c : all (fun h => silent (WO h) c) hs -> attention true hs H i c = H i c.
Proof.
rewrite /attention totalE big_map => quiet; rewrite -[RHS]addr0; congr (_ + _).
elim: hs quiet => [|h hs ih] /=; first by rewrite big_nil.
by case/andP=> quiet /ih; rewrite big_cons /writes column_silent //= mul0r add0r.
Qed.

Lemma feed_forward_silent net H i c :
  silent (W2 net) c && silent (b2 net) c -> feed_forward true net H i c = H i c.
Proof. by case/andP=> a b; rewrite /feed_forward /bias !column_silent //= !mul0r !addr0. Qed.

(* ---- hard heads whose scores are constants: the maximum is computed with integers ---- *)
Section Constants.
Variables (N : nat) (consts : seq nat) (known : nat -> nat -> int).
Definition fixed (H : state) := forall i c, (i < N)%N -> c \in consts -> H i c = coef (known i c).

Definition zread W i c : int := foldr (fun x s => x.2 * known i x.1 + s) 0 (column W c).
Definition zscore h i j : int :=
  foldr (fun m s => zread (WQ h) i m * zread (WK h) j m + s) 0 (iota 0 (inner h)).
Definition zbest h i : seq nat :=
  let l := [seq (j, zscore h i j) | j <- seen h i] in
  [seq x.1 | x <- l & all (fun y => y.2 <= x.2) l].

Definition constant W := (0 < below W)%N && all (fun x => x.1.1 \in consts) (above W).
Definition settled h picks :=
  [&& constant (WQ h), constant (WK h) &
      all (fun i => all (fun j => j < N)%N (seen h i) && (zbest h i == nth [::] picks i)) (iota 0 N)].

Lemma zreadE H W i c : fixed H -> (i < N)%N -> constant W ->
  read H W i c = (zread W i c)%:~R / (below W)%:R.
Proof.
move=> fixH ltiN /andP[_ inW]; rewrite /read; congr (_ / _).
rewrite totalE big_map /zread /column; elim: (above W) inW => [|x l ih] //=.
  by rewrite big_nil.
case/andP=> inx /ih {}ih; case: eqn => //=; rewrite big_cons ih rmorphD rmorphM /=.
by rewrite fixH // !coefE.
Qed.

Lemma zscoreE H h i j : fixed H -> (i < N)%N -> (j < N)%N -> constant (WQ h) -> constant (WK h) ->
  score h H i j = (zscore h i j)%:~R / (below (WQ h) * below (WK h))%:R.
Proof.
move=> fixH lti ltj cQ cK; rewrite /score totalE big_map /zscore.
elim: (iota _ _) => [|m l ih] /=; first by rewrite big_nil mul0r.
rewrite big_cons ih !zreadE // rmorphD rmorphM /= mulrDl; congr (_ + _).
by rewrite natrM invfM mulrACA.
Qed.

Definition as_mean h picks := Head (Mean picks) (sees h) (inner h) (WQ h) (WK h) (WV h) (WO h).

Lemma bestE H h picks i : fixed H -> settled h picks -> (i < N)%N -> best h H i = nth [::] picks i.
Proof.
move=> fixH /and3P[cQ cK /allP ok] ltiN.
have iN : i \in iota 0 N by rewrite mem_iota.
have /andP[/allP seenN /eqP <-] := ok i iN.
rewrite /best /zbest filter_map -map_comp /= map_id.
apply: eq_in_filter => j inj /=; rewrite all_map.
apply: eq_in_all => k ink /=; rewrite !zscoreE // ?(seenN _ ink) ?(seenN _ inj) //.
have pos : 0 < (below (WQ h) * below (WK h))%:R :> F.
  by rewrite ltr0n muln_gt0; case/andP: cQ => -> _; case/andP: cK.
by rewrite ler_pmul2r ?invr_gt0 // ler_int.
Qed.

Fixpoint as_means (hs : seq head) (ps : seq (seq (seq nat))) : seq head :=
  if (hs, ps) is (h :: hs', p :: ps') then
    (if kind h is Hard then as_mean h p else h) :: as_means hs' ps'
  else hs.
Fixpoint all_settled (hs : seq head) (ps : seq (seq (seq nat))) : bool :=
  if (hs, ps) is (h :: hs', p :: ps') then
    (if kind h is Hard then settled h p else true) && all_settled hs' ps'
  else true.

(* the lemma of average-hard attention over constant scores: every head is a fixed mean *)
Lemma attention_means stay hs ps H i c : fixed H -> all_settled hs ps -> (i < N)%N ->
  attention stay hs H i c = attention stay (as_means hs ps) H i c.
Proof.
move=> fixH ok ltiN; rewrite /attention; congr (_ + total _).
elim: hs ps ok => [|h hs ih] [|p ps] //= /andP[okh /ih ->]; congr (_ :: _).
case kindh: (kind h) okh => //= okh; rewrite /writes /=; congr (total _ / _).
by apply: eq_map => x; rewrite /attend kindh /= (@bestE H h p).
Qed.

Lemma fixed_written inputs given :
  all (fun x => x.1.2 \notin consts) inputs -> known =2 look (Posz 0) given -> fixed (written inputs given).
Proof.
move=> out same i c _ inc; rewrite /written same; elim: inputs out => //= x l ih /andP[outx /ih ->].
by rewrite !eqnE; case: (x.1.2 =P c) outx => [->|]; rewrite ?inc ?andbF.
Qed.
Lemma fixed_attention hs H :
  fixed H -> all (fun c => all (fun h => silent (WO h) c) hs) consts -> fixed (attention true hs H).
Proof. by move=> fixH /allP ok i c lti inc; rewrite attention_silent ?ok ?fixH. Qed.
Lemma fixed_feed_forward net H :
  fixed H -> all (fun c => silent (W2 net) c && silent (b2 net) c) consts -> fixed (feed_forward true net H).
Proof. by move=> fixH /allP ok i c lti inc; rewrite feed_forward_silent ?ok ?fixH. Qed.
End Constants.
End Machine.
Notation state F := (nat -> nat -> F).

(* ---- the fixed scripts ---- *)
(* a cell of a layer, or an entry of a formula, as sums and products of what it reads *)
Ltac spelled_out := cbv beta iota zeta delta
  [attention feed_forward writes attend read bias mean total seen column as_means as_mean kind sees inner
   WQ WK WV WO W1 W2 b1 b2 units below above coef square reciprocal look written mul tr add scaled had each ones
   softmax causal_softmax Nat.leb iota nth seq.map filter foldr size nseq ncons iter eqn fst snd andb].
(* denominators are sums and products of positive numbers *)
Ltac nonzero e_pos := rewrite ?andbT;
  repeat (apply/andP; split);
  try (apply: lt0r_neq0; do ?[exact: e_pos | exact: ltr01 | exact: ltr0n | apply: addr_gt0 | apply: mulr_gt0]).
